//! Keeps passwords of server URLs out of the process title and of the recorded command.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::Context;
use bakeoff_services::{postgres, redis};

/// A flag that takes the URL of a server, and the environment variable with the same meaning.
struct ServerFlag {
    flag: &'static str,
    variable: &'static str,
    address_without_password: fn(&str) -> Option<String>,
}

const SERVER_FLAGS: [ServerFlag; 2] = [
    ServerFlag {
        flag: "--redis-url",
        variable: "REDIS_URL",
        address_without_password: redis::address_without_password,
    },
    ServerFlag {
        flag: "--database-url",
        variable: "DATABASE_URL",
        address_without_password: postgres::address_without_password,
    },
];

/// Moves every URL that may contain a password from its flag to the environment variable, and runs
/// this program again. Any user of the machine can read the arguments of a process.
///
/// Returns `Ok` if no argument has to be moved.
///
/// # Errors
/// The program cannot be executed again.
pub fn move_to_environment(arguments: impl Iterator<Item = OsString>) -> anyhow::Result<()> {
    let mut arguments = arguments;
    let title = arguments.next().unwrap_or_default();
    let (kept, moved) = separate(arguments.collect());
    if moved.is_empty() {
        return Ok(());
    }
    let executable = env::current_exe()?;
    let error = Command::new(executable).arg0(title).args(kept).envs(moved).exec();
    Err(error).context(
        "cannot hide the password of a server URL; give the URL in REDIS_URL or DATABASE_URL",
    )
}

/// Returns the arguments to keep, and the environment variables that replace the others.
fn separate(arguments: Vec<OsString>) -> (Vec<OsString>, Vec<(&'static str, OsString)>) {
    let (mut kept, mut moved) = (Vec::new(), Vec::new());
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            kept.push(argument);
            kept.extend(arguments);
            break;
        }
        let Some((server, attached)) = server_flag(&argument) else {
            // `workload record` takes the URL without a flag.
            let redis = &SERVER_FLAGS[0];
            let text = argument.to_string_lossy();
            let is_url = text.starts_with("redis://") || text.starts_with("valkey://");
            if is_url && may_contain_password(redis, &argument) {
                moved.push((redis.variable, argument));
            } else {
                kept.push(argument);
            }
            continue;
        };
        let url = match &attached {
            Some(url) => Some(OsString::from(url)),
            None => arguments.next(),
        };
        match url {
            Some(url) if may_contain_password(server, &url) => moved.push((server.variable, url)),
            url if attached.is_none() => kept.extend([argument].into_iter().chain(url)),
            _ => kept.push(argument),
        }
    }
    (kept, moved)
}

/// Returns the server flag that an argument names, with the URL if the form is `--redis-url=URL`.
fn server_flag(argument: &OsStr) -> Option<(&'static ServerFlag, Option<String>)> {
    let text = argument.to_string_lossy();
    SERVER_FLAGS.iter().find_map(|server| {
        let rest = text.strip_prefix(server.flag)?;
        match rest.strip_prefix('=') {
            Some(url) => Some((server, Some(url.to_owned()))),
            None => rest.is_empty().then_some((server, None)),
        }
    })
}

fn may_contain_password(server: &ServerFlag, url: &OsStr) -> bool {
    let url = url.to_string_lossy();
    !url.trim().is_empty() && (server.address_without_password)(&url).is_some()
}

/// Returns a shell comment that names the variables to set, or an empty text if no server URL of
/// the environment contains a password.
pub fn variables_to_set() -> String {
    let needed: Vec<String> = SERVER_FLAGS
        .iter()
        .filter_map(|server| {
            let url = env::var(server.variable).ok()?;
            let shown = (server.address_without_password)(&url)?;
            Some(format!("{} to {shown} with its password", server.variable))
        })
        .collect();
    if needed.is_empty() { String::new() } else { format!("  # set {}", needed.join(" and ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn separated(words: &[&str]) -> (Vec<OsString>, Vec<(&'static str, OsString)>) {
        separate(words.iter().map(OsString::from).collect())
    }

    #[test]
    fn urls_with_a_password_are_moved() {
        let secret = "redis://:secret@localhost";
        let flags: [&[&str]; 2] = [
            &["explore", "--redis-url", secret, "--strict"],
            &["explore", "--redis-url=redis://:secret@localhost", "--strict"],
        ];
        for words in flags {
            let (kept, moved) = separated(words);
            assert_eq!(kept, ["explore", "--strict"]);
            assert_eq!(moved, [("REDIS_URL", OsString::from(secret))]);
        }
        let database = "postgresql://u:secret@localhost/shop";
        let (kept, moved) = separated(&["check", "pg", "--database-url", database]);
        assert_eq!(kept, ["check", "pg"]);
        assert_eq!(moved, [("DATABASE_URL", OsString::from(database))]);
    }

    #[test]
    fn malformed_urls_are_moved_because_they_may_contain_a_password() {
        for url in ["redis://:secret", "u:secret@host", "redis://u:secret@host:port"] {
            assert_eq!(separated(&["check", "redis", "--redis-url", url]).1.len(), 1, "{url}");
        }
    }

    #[test]
    fn other_arguments_are_kept() {
        for words in [
            &["explore", "--redis-url", "redis://localhost"][..],
            &["explore", "--redis-url=redis://localhost/1"],
            &["explore", "--redis-url"],
            &["explore", "--redis-urls", "redis://h"],
            &["workload", "record", "redis://h"],
            &["explore", "--", "--redis-url", "redis://:x@h"],
            &["explore", "--redis-url", ""],
        ] {
            let (kept, moved) = separated(words);
            assert_eq!((kept.len(), moved.len()), (words.len(), 0), "{words:?}");
        }
    }

    #[test]
    fn a_url_without_a_flag_is_moved_if_it_has_a_password() {
        let (kept, moved) = separated(&["workload", "record", "redis://:x@h"]);
        assert_eq!((kept.len(), moved.len()), (2, 1));
        assert_eq!(moved[0].1, "redis://:x@h");
    }
}
