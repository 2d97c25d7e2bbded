//! Columns of a table that contain the parts of a request.

use crate::trace::options::{ColumnChoice, ColumnRef, ROLES, Role};

/// Names of columns that contain a path, which host and query complete to a URL.
const PATH_NAMES: [&str; 3] = ["url", "uri", "path"];
const HOST_NAMES: [&str; 4] = ["host", "vhost", "http_host", ":authority"];
const QUERY_NAMES: [&str; 4] = ["query", "query_string", "querystring", "args"];

/// Indexes, from 0, of the columns of each role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::trace) struct ColumnIndexes([Vec<usize>; ROLES.len()]);

impl ColumnIndexes {
    /// Creates the columns of a format; numbers are from 1.
    pub(in crate::trace) fn fixed(columns: &[(Role, &[usize])]) -> Self {
        let mut indexes = Self::default();
        for (role, numbers) in columns {
            indexes.0[*role as usize] = numbers.iter().map(|number| number - 1).collect();
        }
        indexes
    }

    /// Returns the columns of a role.
    #[inline]
    pub(in crate::trace) fn of(&self, role: Role) -> &[usize] {
        &self.0[role as usize]
    }

    /// Returns the first column of a role.
    #[inline]
    pub(in crate::trace) fn first(&self, role: Role) -> Option<usize> {
        self.of(role).first().copied()
    }

    /// Replaces the columns that the user chose.
    ///
    /// # Errors
    /// Description of the header that would have the missing column.
    pub(in crate::trace) fn choose(
        mut self,
        names: &[String],
        choice: &ColumnChoice,
    ) -> Result<Self, String> {
        for role in ROLES {
            let chosen = choice.of(role);
            if !chosen.is_empty() {
                let index = |column: &ColumnRef| index_of(column, names);
                self.0[role as usize] = chosen.iter().map(index).collect::<Result<_, _>>()?;
            }
        }
        Ok(self)
    }

    /// Finds the columns chosen by the user, and the others by their usual names.
    ///
    /// # Errors
    /// Description of the header that would have the missing column.
    pub(in crate::trace) fn from_names(
        names: &[String],
        choice: &ColumnChoice,
    ) -> Result<Self, String> {
        let find = |wanted: &[&str]| wanted.iter().find_map(|name| position(names, name));
        let mut usual = Self::default();
        for role in ROLES {
            usual.0[role as usize] = find(role.usual_names()).into_iter().collect();
        }
        if let Some(path) = usual.first(Role::Key)
            && PATH_NAMES.iter().any(|name| names[path].eq_ignore_ascii_case(name))
        {
            let parts = [find(&HOST_NAMES), Some(path), find(&QUERY_NAMES)];
            usual.0[Role::Key as usize] = parts.into_iter().flatten().collect();
        }
        if let (Some(date), Some(time)) = (find(&["date"]), find(&["time"])) {
            usual.0[Role::Time as usize] = vec![date, time];
        }
        let indexes = usual.choose(names, choice)?;
        if indexes.of(Role::Key).is_empty() {
            let others = &Role::Key.usual_names()[1..];
            return Err(format!(
                "a header with a column `key` (or {}; choose another with key=NAME)",
                others.join(", ")
            ));
        }
        Ok(indexes)
    }

    /// Describes the columns of each role by name, or else by number.
    pub(in crate::trace) fn describe(&self, names: &[String]) -> Vec<(Role, String)> {
        let name = |&index: &usize| match names.get(index) {
            Some(name) => format!("column {} ({name})", index + 1),
            None => format!("column {}", index + 1),
        };
        let roles = ROLES.into_iter().filter(|role| !self.of(*role).is_empty());
        let describe =
            |role| (role, self.of(role).iter().map(name).collect::<Vec<_>>().join(" + "));
        roles.map(describe).collect()
    }
}

fn position(names: &[String], name: &str) -> Option<usize> {
    names.iter().position(|known| known.eq_ignore_ascii_case(name))
}

fn index_of(column: &ColumnRef, names: &[String]) -> Result<usize, String> {
    match column {
        ColumnRef::Number(number) => Ok(number - 1),
        ColumnRef::Name(name) => {
            position(names, name).ok_or_else(|| format!("a header with a column `{name}`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(header: &str, choice: &str) -> Result<ColumnIndexes, String> {
        let names: Vec<String> = header.split(',').map(str::to_owned).collect();
        let choice =
            if choice.is_empty() { ColumnChoice::default() } else { choice.parse().unwrap() };
        ColumnIndexes::from_names(&names, &choice)
    }

    #[test]
    fn columns_are_found_by_their_usual_names() {
        let found = columns("Timestamp,URL,bytes", "").unwrap();
        assert_eq!((found.of(Role::Key), found.of(Role::Size)), (&[1][..], &[2][..]));
        assert_eq!(found.of(Role::Time), [0]);
        assert!(columns("a,b,c", "").is_err());
        // A row id is the last resort.
        assert_eq!(columns("id,time,url", "").unwrap().of(Role::Key), [2]);
        let parts = columns("date,time,host,path,query", "").unwrap();
        assert_eq!((parts.of(Role::Key), parts.of(Role::Time)), (&[2, 3, 4][..], &[0, 1][..]));
    }

    #[test]
    fn chosen_columns_take_precedence_over_usual_names() {
        let found = columns("id,weight,session", "key=session+id,size=2").unwrap();
        assert_eq!((found.of(Role::Key), found.of(Role::Size)), (&[2, 0][..], &[1][..]));
        let missing = columns("id,weight", "key=session").unwrap_err();
        assert!(missing.contains("`session`"), "{missing}");
    }
}
