//! Redis server on a virtual clock.

#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use bakeoff_clock::ClockPage;
use bakeoff_services::{RedisServer, ServerTime};
use bakeoff_test_support::{PrivateRedis, require};

/// Connection for inline commands with answers of one line.
struct Client(BufReader<UnixStream>);

impl Client {
    fn new(redis: &RedisServer) -> Self {
        let socket = redis.address().strip_prefix("unix://").unwrap();
        Self(BufReader::new(UnixStream::connect(socket).unwrap()))
    }

    fn call(&mut self, command: &str) -> String {
        self.0.get_mut().write_all(format!("{command}\r\n").as_bytes()).unwrap();
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn number(&mut self, command: &str) -> u64 {
        self.call(command).trim_start_matches(':').parse().unwrap()
    }
}

#[test]
fn keys_expire_and_age_as_the_page_advances() {
    let Some(real) = require(PrivateRedis { maxmemory: 0 }) else { return };
    assert_eq!(real.clock_page(), None);
    let redis = RedisServer::start_with_clock(0, ServerTime::Virtual).unwrap();
    let page = ClockPage::open(redis.clock_page().expect("the server follows its page")).unwrap();
    let mut client = Client::new(&redis);
    assert_eq!(client.call("SET short x PX 60000"), "+OK");
    assert_eq!(client.call("SET long x"), "+OK");
    assert_eq!(client.number("PTTL short"), 60_000, "the clock does not advance on its own");

    // The server updates the time of its LRU in a timer, so the clock advances in small steps.
    for step in 1..=590 {
        page.advance_to(Duration::from_millis(step * 100));
        assert_eq!(client.call("PING"), "+PONG");
    }
    assert_eq!(client.number("PTTL short"), 1_000);
    assert!(client.number("OBJECT IDLETIME long").abs_diff(59) <= 1);
    page.advance_to(Duration::from_millis(60_001));
    assert_eq!(client.number("EXISTS short"), 0);
    assert_eq!(client.number("EXISTS long"), 1);
    let page = redis.clock_page().unwrap().to_owned();
    drop(redis);
    assert!(!page.exists());
}
