//! Throughput of the strategy compared with redis-benchmark, on the same private server, in
//! alternating pairs: 1, 16 and 50 requests in flight, on one connection and on one connection per
//! request.
//!
//! `cargo bench -p bakeoff-variant-redis --bench requests` prints the median throughput of both and
//! the median of their ratio. With `--quick`, or under `cargo test`, it measures each pair once and
//! briefly.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bakeoff_services as services;
use bakeoff_strategy::{
    Bytes, Capacity, HEADER_BYTES, Key, OpenConfig, PutOptions, Strategy, Value,
};
use bakeoff_variant_redis::Redis;
use tokio::runtime::{Builder, Runtime};

/// Number of keys, all of them cached.
const KEYS: u64 = 10_000;
static BODY: [u8; 512] = [7; 512];

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick" || argument == "--test");
    let (pairs, requests) = if quick { (1, 2_000) } else { (9, 200_000) };
    let server = match services::RedisServer::start(0) {
        Ok(server) => server,
        Err(error) => {
            println!("skipped: {error}");
            return;
        }
    };
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    println!("{}, GET of {} bytes, {pairs} pairs", server.version().unwrap(), BODY.len());
    println!("in flight  connections    strategy/s   redis-benchmark/s   ratio (median, range)");
    for (in_flight, connections) in [(1, 1), (16, 1), (50, 1), (16, 16), (50, 50)] {
        let strategy = Arc::new(open_filled(&runtime, &server, connections));
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for pair in 0..pairs {
            // The strategy is measured first in every other pair.
            let (our, their) = if pair % 2 == 0 {
                let our = strategy_per_second(&runtime, &strategy, in_flight, requests);
                (our, redis_benchmark_per_second(&server, in_flight, requests))
            } else {
                let their = redis_benchmark_per_second(&server, in_flight, requests);
                (strategy_per_second(&runtime, &strategy, in_flight, requests), their)
            };
            ours.push(our);
            theirs.push(their);
            ratios.push(our / their);
        }
        let (ours, theirs) = (median(&mut ours), median(&mut theirs));
        let ratio = median(&mut ratios);
        println!(
            "{in_flight:9}  {connections:11}  {ours:12.0}  {theirs:18.0}   {ratio:.2} ({:.2} to {:.2})",
            ratios[0],
            ratios[ratios.len() - 1],
        );
    }
}

/// Opens the strategy and puts every key.
fn open_filled(runtime: &Runtime, server: &services::RedisServer, connections: usize) -> Redis {
    let mut config = OpenConfig::with_capacity(Capacity::Unbounded);
    config.connections = connections;
    config.services.insert(String::from("redis"), server.address().to_owned());
    runtime.block_on(async {
        let strategy = Redis::open(&config).await.unwrap();
        for id in 0..KEYS {
            let key = Key::from_id(id);
            let value = Value { key, version: 0, body: Bytes::from_static(&BODY) };
            strategy.put(key, value, PutOptions::default()).await.unwrap();
        }
        strategy
    })
}

/// Measures gets of `in_flight` tasks, each with one request in flight, and checks every answer.
fn strategy_per_second(
    runtime: &Runtime,
    strategy: &Arc<Redis>,
    in_flight: usize,
    requests: u64,
) -> f64 {
    let next = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..in_flight)
            .map(|_| {
                let (next, strategy) = (Arc::clone(&next), Arc::clone(strategy));
                tokio::spawn(async move {
                    loop {
                        let request = next.fetch_add(1, Ordering::Relaxed);
                        if request >= requests {
                            return;
                        }
                        let key = Key::from_id(request.wrapping_mul(7_919) % KEYS);
                        let value = strategy.get(key).await.unwrap().unwrap();
                        assert!(value.key == key && value.body.len() == BODY.len());
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    requests as f64 / start.elapsed().as_secs_f64()
}

/// Measures redis-benchmark with `clients` clients and values as long as the strategy's, header
/// included.
fn redis_benchmark_per_second(
    server: &services::RedisServer,
    clients: usize,
    requests: u64,
) -> f64 {
    let run = |command: &[&str], requests: u64| {
        let output = Command::new("redis-benchmark")
            .args(["-s", server.address().trim_start_matches("unix://"), "--csv"])
            .args(["-c", &clients.to_string(), "-n", &requests.to_string()])
            .args(["-r", &KEYS.to_string()])
            .args(command)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    // redis-benchmark sets random keys, so a few are never set.
    if server.count_prefix("key:").unwrap() < KEYS * 99 / 100 {
        let length = (BODY.len() + HEADER_BYTES).to_string();
        run(&["-d", &length, "-t", "set"], KEYS * 20);
    }
    let table = run(&["GET", "key:__rand_int__"], requests);
    let row = table.lines().nth(1).unwrap();
    row.split(',').nth(1).unwrap().trim_matches('"').parse().unwrap()
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
