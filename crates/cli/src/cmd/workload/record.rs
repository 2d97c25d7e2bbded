//! `bakeoff workload record`: record the requests of a Redis server as JSON Lines.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bakeoff_driver::interrupt::Interrupt;
use bakeoff_services::redis::{Monitor, MonitorLimits};
use bakeoff_workload::Op;
use bakeoff_workload::anonymize::Secret;
use bakeoff_workload::source::{Sink, SinkStop, SourceKey, SourceRequest, WriteError};
use bakeoff_workload::trace::{
    INCOMPLETE_LAST_LINE, MultiFileState, TraceError, TraceInput, find_format,
};
use serde::Serialize;

use crate::exit::UsageError;

/// Arguments of `workload record`.
#[derive(clap::Args)]
#[command(after_help = "MONITOR copies every command to this program. Redis states that one such
client can halve the throughput of the server, so record for seconds, not hours.

Examples:
  bakeoff workload record redis://localhost --seconds 60 --output requests.jsonl
  bakeoff workload import requests.jsonl")]
pub struct Args {
    /// Server to record.
    #[arg(env = "REDIS_URL", hide_env_values = true, value_name = "URL")]
    url: String,
    /// Maximum duration of the recording.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// Maximum number of bytes to receive, in bytes or with a unit (64MiB).
    #[arg(long, value_name = "BYTES", default_value = "1GiB",
          value_parser = bakeoff_units::parse_bytes)]
    max_bytes: u64,
    /// File to write the requests to; an existing file is an error.
    #[arg(long, value_name = "FILE.jsonl")]
    output: PathBuf,
    /// Write keys as they are (default: their hashes under a random secret that is not stored).
    #[arg(long)]
    keep_keys: bool,
    /// Accept a server on another machine.
    #[arg(long)]
    allow_remote: bool,
}

/// Records until a limit or Ctrl-C.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let secret = if args.keep_keys { None } else { Some(Secret::random()?) };
    let interrupt = Interrupt::on_signals()?;
    let limits = MonitorLimits {
        duration: Duration::from_secs(args.seconds),
        bytes: args.max_bytes,
        stop: Box::new(move || interrupt.is_set()),
    };
    // Created first, because MONITOR slows the server down.
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(&args.output);
    let file = file.map_err(|error| {
        UsageError(format!("cannot create {}: {error}; choose a new file", args.output.display()))
    })?;
    let monitor = match Monitor::start(&args.url, args.allow_remote, limits) {
        Ok(monitor) => monitor,
        Err(error) => {
            // An empty file would make the next attempt fail.
            let _ = std::fs::remove_file(&args.output);
            return Err(UsageError(error.to_string()).into());
        }
    };
    eprintln!(
        "bakeoff: recording for at most {} s and {} bytes; MONITOR slows the server down; stop with Ctrl-C",
        args.seconds, args.max_bytes
    );
    let mut sink =
        RecordingSink { output: BufWriter::new(file), path: &args.output, secret, requests: 0 };
    let mut input = TraceInput::from_reader(Path::new("MONITOR"), Box::new(monitor))?;
    let mut state = MultiFileState::default();
    let result = find_format("redis-monitor")?.read(&mut input, &mut state, &mut sink);
    sink.output.flush()?;
    let requests = sink.requests;
    match result {
        Err(error @ TraceError::Io { .. }) => {
            eprintln!("bakeoff: {error}; the {requests} requests before the error were kept");
        }
        result => result?,
    }
    eprintln!("bakeoff: recorded {requests} requests to {}", args.output.display());
    for left_out in
        state.left_out().iter().filter(|left_out| left_out.reason != INCOMPLETE_LAST_LINE)
    {
        eprintln!("bakeoff: left out: {} × {}", left_out.count, left_out.reason);
    }
    Ok(())
}

/// Request as written.
#[derive(Serialize)]
struct RecordedRequest<'a> {
    /// Seconds since 1970.
    time: f64,
    op: &'static str,
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u32>,
    /// Time to live in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<f64>,
}

/// Sink that writes each request as a line.
struct RecordingSink<'a> {
    output: BufWriter<std::fs::File>,
    path: &'a Path,
    secret: Option<Secret>,
    requests: u64,
}

impl Sink for RecordingSink<'_> {
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), SinkStop> {
        let key = match (&self.secret, request.key) {
            (Some(secret), key) => format!("{:016x}", secret.hash_key(key)),
            (None, SourceKey::Number(number)) => number.to_string(),
            // As in a log, bytes that are not UTF-8 are escaped.
            (None, SourceKey::Text(text)) => match std::str::from_utf8(text) {
                Ok(text) => text.to_owned(),
                Err(_) => text.escape_ascii().to_string(),
            },
        };
        let op = match request.op {
            Op::Read => "get",
            Op::Write => "set",
            Op::Delete => "delete",
        };
        let line = RecordedRequest {
            time: request.time_us as f64 / 1e6,
            op,
            key: &key,
            size: request.bytes,
            ttl: (request.ttl_ms > 0).then(|| f64::from(request.ttl_ms) / 1e3),
        };
        let written = serde_json::to_writer(&mut self.output, &line)
            .map_err(std::io::Error::from)
            .and_then(|()| self.output.write_all(b"\n"));
        written.map_err(|source| WriteError::Io { path: self.path.to_owned(), source })?;
        self.requests += 1;
        Ok(())
    }
}
