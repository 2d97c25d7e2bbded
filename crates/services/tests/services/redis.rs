//! Private Redis server, and one given by a URL.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use bakeoff_services::{Error, RedisServer, redis};
use bakeoff_test_support::{PrivateRedis, require};

fn folder(redis: &RedisServer) -> &Path {
    Path::new(redis.address().strip_prefix("unix://").unwrap()).parent().unwrap()
}

/// Sends inline commands over a plain socket.
fn put(redis: &RedisServer, script: &str) {
    let socket = redis.address().strip_prefix("unix://").unwrap();
    let mut stream = UnixStream::connect(socket).unwrap();
    for line in script.lines() {
        stream.write_all(line.trim().as_bytes()).unwrap();
        stream.write_all(b"\r\n").unwrap();
        let mut byte = [0];
        while byte != *b"\n" {
            stream.read_exact(&mut byte).unwrap();
        }
    }
}

#[test]
fn a_private_server_has_no_port_and_ends_on_drop() {
    let Some(redis) = require(PrivateRedis { maxmemory: 64 << 20 }) else { return };
    assert!(redis.is_private());
    assert_eq!(redis.maxmemory().unwrap(), 64 << 20);
    assert_eq!(redis.info("server").unwrap()["tcp_port"], "0");
    assert_eq!(redis.info("memory").unwrap()["maxmemory_policy"], "allkeys-lru");
    assert!(redis.version().unwrap().contains('('), "{:?}", redis.version());
    assert!(redis.used_memory().unwrap() > 100_000);
    assert!(redis.address().len() < 108);
    let (folder, pid) = (folder(&redis).to_owned(), redis.pid().unwrap());
    assert!(folder.exists());
    drop(redis);
    assert!(!folder.exists());
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
fn only_keys_with_the_prefix_are_removed() {
    let Some(redis) = require(PrivateRedis { maxmemory: 0 }) else { return };
    put(&redis, "SET a*b:1 x\nSET a*b:2 x\nSET axb:1 x\nSET other x\nSET a*b x");
    assert_eq!(redis.count_prefix("a*b:").unwrap(), 2);
    let again = RedisServer::from_url(redis.address(), false).unwrap();
    assert_eq!(again.clean_prefix("a*b:").unwrap(), 2);
    assert_eq!(redis.dbsize().unwrap(), 3);
    assert_eq!(redis.clean_prefix("a*b:").unwrap(), 0);
    redis.empty().unwrap();
    assert_eq!(redis.dbsize().unwrap(), 0);
}

#[test]
fn a_server_given_by_url_keeps_its_configuration() {
    let Some(redis) = require(PrivateRedis { maxmemory: 0 }) else { return };
    put(&redis, "SET theirs x");
    let foreign = RedisServer::from_url(redis.address(), false).unwrap();
    assert!(!foreign.is_private());
    assert!(matches!(foreign.set_maxmemory(1), Err(Error::NotPrivate { .. })));
    assert!(matches!(foreign.empty(), Err(Error::NotPrivate { .. })));
    drop(foreign);
    assert_eq!(redis.dbsize().unwrap(), 1);
    redis.set_maxmemory(10 << 20).unwrap();
    assert_eq!(redis.maxmemory().unwrap(), 10 << 20);
}

#[test]
fn errors_state_the_cause() {
    let refused = RedisServer::from_url("redis://127.0.0.1:1", false).err().unwrap().to_string();
    assert!(refused.contains("127.0.0.1:1") && refused.contains("REDIS_URL"), "{refused}");
    let remote =
        RedisServer::from_url("redis://me:secret@192.0.2.1", false).err().unwrap().to_string();
    assert!(remote.contains("--allow-remote") && !remote.contains("secret"), "{remote}");
    let tls = RedisServer::from_url("rediss://127.0.0.1", false).err().unwrap().to_string();
    assert!(tls.contains("TLS"), "{tls}");
}

#[test]
fn a_failed_start_quotes_the_log() {
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), "#!/bin/sh\necho no memory left for anyone\nexit 3\n").unwrap();
    let path = script.into_temp_path();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&path, mode).unwrap();
    let error = RedisServer::start_program(&path, 0).err().unwrap().to_string();
    assert!(error.contains("no memory left") && error.contains('3'), "{error}");
    let missing = RedisServer::start_program(Path::new("/no/such/server"), 0).err().unwrap();
    assert!(missing.to_string().contains("/no/such/server"), "{missing}");
}

#[test]
fn calls_to_a_dead_server_fail_at_once() {
    let Some(redis) = require(PrivateRedis { maxmemory: 0 }) else { return };
    let pid = redis.pid().unwrap();
    std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
    let started = Instant::now();
    while redis.dbsize().is_ok() {
        assert!(started.elapsed() < Duration::from_secs(5));
    }
    assert!(matches!(redis.dbsize(), Err(Error::ConnectionLost { .. })));
}

#[test]
fn the_error_for_a_missing_program_gives_advice() {
    // The environment variable is not set here, because tests share one environment.
    match redis::program() {
        Ok(path) => assert!(path.is_absolute()),
        Err(error) => assert!(error.to_string().contains("apt-get install"), "{error}"),
    }
}

#[test]
fn a_killed_server_restarts_empty_at_its_address() {
    let Some(redis) = require(PrivateRedis { maxmemory: 64 << 20 }) else { return };
    put(&redis, "SET a x");
    let (address, pid) = (redis.address().to_owned(), redis.pid().unwrap());
    redis.kill().unwrap();
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
    assert!(matches!(redis.dbsize(), Err(Error::ConnectionLost { .. })));
    redis.restart(64 << 20).unwrap();
    assert_eq!((redis.address(), redis.dbsize().unwrap()), (&*address, 0));
    assert_eq!(redis.maxmemory().unwrap(), 64 << 20);
    assert_ne!(redis.pid().unwrap(), pid);
    put(&redis, "SET b x");
    assert_eq!(redis.dbsize().unwrap(), 1);
}

#[test]
fn a_disconnected_server_loses_clients_and_keeps_data() {
    let Some(redis) = require(PrivateRedis { maxmemory: 64 << 20 }) else { return };
    put(&redis, "SET a x");
    let path = redis.address().trim_start_matches("unix://").to_owned();
    let mut other = UnixStream::connect(&path).unwrap();
    redis.disconnect().unwrap();
    assert_eq!(other.read(&mut [0; 8]).unwrap(), 0, "the end of the connection");
    assert_eq!(UnixStream::connect(&path).unwrap_err().kind(), ErrorKind::NotFound);
    redis.reconnect().unwrap();
    assert!(UnixStream::connect(&path).is_ok());
    assert_eq!(redis.dbsize().unwrap(), 1);
    assert!(matches!(redis.reconnect(), Err(Error::NotReady { .. })));
}
