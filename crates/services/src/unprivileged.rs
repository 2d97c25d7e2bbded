//! Ordinary users for servers that refuse to run as root.

use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

const PASSWD_FILE: &str = "/etc/passwd";

/// User that a server runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunAs {
    /// The current user, who is not root.
    Ourselves,
    /// Another user, because the current one is root.
    Other { user: u32, group: u32 },
}

impl RunAs {
    /// Returns the current user or, if this process runs as root, the first of `names` that exists.
    ///
    /// Returns `None` if this process runs as root and none of them exists.
    pub(crate) fn one_of(names: &[&str]) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return Some(Self::Ourselves);
        }
        let users = fs::read_to_string(PASSWD_FILE).unwrap_or_default();
        names.iter().find_map(|name| find_user(&users, name))
    }

    /// Makes a command run as this user. A change of user clears the death signal, so the command
    /// requests the death signal later.
    pub(crate) fn apply_to(self, command: &mut Command) {
        if let Self::Other { user, group } = self {
            command.uid(user).gid(group);
        }
    }

    /// Makes this user the owner of a file or directory.
    pub(crate) fn make_owner_of(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other { user, group } => chown(path, Some(user), Some(group)),
        }
    }
}

fn find_user(users: &str, name: &str) -> Option<RunAs> {
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
    fn users_are_found_by_name_except_root() {
        let users = "root:x:0:0:root:/root:/bin/sh\npostgres-old:x:7:7::/:\npostgres:x:101:104:PG,,,:/:/bin/sh\nalias:x:0:0::/:\n";
        assert_eq!(find_user(users, "postgres"), Some(RunAs::Other { user: 101, group: 104 }));
        assert_eq!(find_user(users, "alias"), None);
        assert_eq!(find_user(users, "nobody"), None);
    }
}
