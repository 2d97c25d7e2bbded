//! An ordinary user for servers that refuse to run as root.

use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Where users are listed.
const USERS: &str = "/etc/passwd";

/// Whom a server runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunAs {
    /// Whoever we are: no root.
    Ourselves,
    /// This user, since we are root.
    Other { user: u32, group: u32 },
}

impl RunAs {
    /// The first of these users that this machine has, where we are root; `None` if we are and it
    /// has none of them.
    pub(crate) fn one_of(names: &[&str]) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return Some(Self::Ourselves);
        }
        let users = fs::read_to_string(USERS).unwrap_or_default();
        names.iter().find_map(|name| look_up(&users, name))
    }

    /// Has a command run so. The death signal that the spawner asks for comes after the change of
    /// user, which would clear it.
    pub(crate) fn command(self, command: &mut Command) {
        if let Self::Other { user, group } = self {
            command.uid(user).gid(group);
        }
    }

    /// Gives a file or folder away, where we are not to own it.
    pub(crate) fn own(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other { user, group } => chown(path, Some(user), Some(group)),
        }
    }
}

fn look_up(users: &str, name: &str) -> Option<RunAs> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let mut number = fields.skip(1).map_while(|field| field.parse().ok());
        let other = RunAs::Other { user: number.next()?, group: number.next()? };
        (!matches!(other, RunAs::Other { user: 0, .. })).then_some(other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_name_and_root_is_none() {
        let users = "root:x:0:0:root:/root:/bin/sh\npostgres-old:x:7:7::/:\npostgres:x:101:104:PG,,,:/:/bin/sh\nalias:x:0:0::/:\n";
        assert_eq!(look_up(users, "postgres"), Some(RunAs::Other { user: 101, group: 104 }));
        assert_eq!(look_up(users, "alias"), None);
        assert_eq!(look_up(users, "nobody"), None);
    }
}
