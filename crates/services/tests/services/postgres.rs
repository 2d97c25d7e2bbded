//! Private PostgreSQL server, and one given by a URL.

use std::io::{ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use bakeoff_services::postgres::{self, Template, schema_name};
use bakeoff_services::{Error, PostgresServer, ServerTime};
use bakeoff_test_support::{PrivatePostgres, require};

/// Directory of a private server, from its shown address.
fn folder(server: &PostgresServer) -> PathBuf {
    server.shown_address().split_once("host=").unwrap().1.into()
}

/// Returns the same server, connected by URL as if it belonged to another owner.
fn foreign(server: &PostgresServer) -> PostgresServer {
    let url = format!("postgresql:///postgres?user=bakeoff&host={}", folder(server).display());
    PostgresServer::from_url(&url, false).unwrap()
}

#[test]
fn a_private_server_has_no_port_and_ends_on_drop() {
    let Some(server) = require(PrivatePostgres) else { return };
    assert!(server.is_private());
    assert!(server.version().unwrap().starts_with("postgresql "), "{:?}", server.version());
    let (folder, pid) = (folder(&server), server.pid().unwrap());
    assert!(folder.join(".s.PGSQL.5432").exists());
    let ports = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    // The line with the TCP address, which is empty.
    assert_eq!(ports.lines().nth(5).map(str::trim), Some(""), "{ports}");
    drop(server);
    assert!(!folder.exists());
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
fn schemas_are_created_and_dropped() {
    let Some(server) = require(PrivatePostgres) else { return };
    let theirs = foreign(&server);
    assert!(!theirs.is_private());
    let (ours, other) = (schema_name("a:1:"), schema_name("a:2:"));
    for schema in [&ours, &other] {
        theirs.create_schema(schema).unwrap();
    }
    assert_eq!(theirs.schema_bytes(&ours).unwrap(), 0);
    // Creating a schema again empties it, and dropping it twice is not an error.
    theirs.create_schema(&ours).unwrap();
    theirs.drop_schema(&ours).unwrap();
    theirs.drop_schema(&ours).unwrap();
    assert!(matches!(theirs.create_schema("two words"), Err(Error::Server { .. })));
    drop(theirs);
    assert_eq!(server.schema_bytes(&other).unwrap(), 0);
    assert!(server.version().is_ok(), "an error does not end the connection");
}

#[test]
fn faults_are_refused_on_servers_given_by_a_url() {
    let Some(server) = require(PrivatePostgres) else { return };
    let theirs = foreign(&server);
    for refused in [theirs.kill(), theirs.restart(), theirs.disconnect(), theirs.reconnect()] {
        assert!(matches!(refused, Err(Error::NotPrivate { .. })));
    }
    assert!(theirs.version().is_ok());
}

#[test]
fn servers_of_one_template_are_independent() {
    if require(PrivatePostgres).is_none() {
        return;
    }
    let template = Template::make().unwrap();
    let (one, other) = (
        PostgresServer::start_from(&template, ServerTime::Real).unwrap(),
        PostgresServer::start_from(&template, ServerTime::Real).unwrap(),
    );
    assert_ne!(folder(&one), folder(&other));
    one.create_schema("bakeoff_one").unwrap();
    drop(one);
    assert_eq!(other.schema_bytes("bakeoff_one").unwrap(), 0);
}

#[test]
fn a_killed_server_restarts_at_its_address() {
    let Some(server) = require(PrivatePostgres) else { return };
    let (address, pid) = (server.address("s"), server.pid().unwrap());
    server.kill().unwrap();
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
    assert!(matches!(server.version(), Err(Error::ConnectionLost { .. })));
    server.restart().unwrap();
    assert_eq!(server.address("s"), address);
    assert!(server.version().is_ok());
    assert_ne!(server.pid().unwrap(), pid);
}

#[test]
fn a_disconnected_server_loses_clients_and_keeps_data() {
    let Some(server) = require(PrivatePostgres) else { return };
    let other = foreign(&server);
    let socket = folder(&server).join(".s.PGSQL.5432");
    server.disconnect().unwrap();
    assert!(other.version().is_err());
    assert_eq!(UnixStream::connect(&socket).unwrap_err().kind(), ErrorKind::NotFound);
    server.reconnect().unwrap();
    assert!(UnixStream::connect(&socket).is_ok());
    assert!(matches!(server.reconnect(), Err(Error::NotReady { .. })));
}

#[test]
fn errors_state_the_cause() {
    let printed = |url| PostgresServer::from_url(url, false).err().unwrap().to_string();
    let refused = printed("postgres://me:secret@127.0.0.1:1/shop");
    assert!(refused.contains("127.0.0.1:1") && refused.contains("DATABASE_URL"), "{refused}");
    let remote = printed("postgres://me:secret@192.0.2.1/shop");
    assert!(remote.contains("--allow-remote") && !remote.contains("secret"), "{remote}");
}

#[test]
fn a_failed_start_quotes_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let mode = || std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), mode()).unwrap();
    for name in ["postgres", "initdb"] {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\necho {name} has no room\nexit 3\n")).unwrap();
        std::fs::set_permissions(&path, mode()).unwrap();
    }
    let printed =
        |program: PathBuf| PostgresServer::start_program(program).err().unwrap().to_string();
    let error = printed(folder.path().join("postgres"));
    assert!(error.contains("initdb has no room") && error.contains('3'), "{error}");
    std::fs::write(folder.path().join("initdb"), "#!/bin/sh\nexit 0\n").unwrap();
    let error = printed(folder.path().join("postgres"));
    assert!(error.contains("postgres has no room") && error.contains('3'), "{error}");
    let missing = printed(PathBuf::from("/no/such/postgres"));
    assert!(missing.contains("/no/such/initdb") && missing.contains("apt-get"), "{missing}");
}

#[test]
fn the_error_for_a_missing_program_gives_advice() {
    match postgres::program() {
        Ok(path) => assert!(path.is_absolute()),
        Err(error) => assert!(error.to_string().contains("apt-get install postgresql"), "{error}"),
    }
}

#[test]
fn an_ended_connection_is_an_error() {
    let Some(server) = require(PrivatePostgres) else { return };
    let mut stream = UnixStream::connect(folder(&server).join(".s.PGSQL.5432")).unwrap();
    server.kill().unwrap();
    // Reads until the connection ends; the server may send a last message before that.
    while stream.read(&mut [0; 64]).unwrap_or(0) > 0 {}
    assert!(server.version().is_err());
}
