//! Meaning of the names of operations.

use bakeoff_compiled::Op;

use crate::trace::options::OpAction;

/// Expected content in an error about an unknown operation.
pub(super) const EXPECTED: &str =
    "an operation: get, read, set, put, write, delete or similar (others with --ops)";

/// Returns the usual meaning of the name of an operation, ignoring case.
///
/// The parts of names such as `REST.GET.OBJECT` and `GET_LEASE` are recognized.
pub(in crate::trace) fn usual_action(name: &[u8]) -> Option<OpAction> {
    let name = match name.strip_prefix(b"REST.") {
        Some(rest) => rest.strip_suffix(b".OBJECT")?,
        None => name,
    };
    let name = match name.len() {
        7.. if name[name.len() - 6..].eq_ignore_ascii_case(b"_lease") => &name[..name.len() - 6],
        _ => name,
    };
    parse_op(name).map(OpAction::Op)
}

fn parse_op(name: &[u8]) -> Option<Op> {
    let mut buffer = [0_u8; "invalidate".len()];
    let lower = buffer.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    match &*lower {
        b"get" | b"gets" | b"read" | b"r" | b"head" | b"load" | b"l" | b"mget" | b"hit" | b"rs" => {
            Some(Op::Read)
        }
        b"set" | b"put" | b"add" | b"write" | b"w" | b"update" | b"replace" | b"post"
        | b"store" | b"cas" | b"append" | b"prepend" | b"incr" | b"decr" | b"s" | b"patch"
        | b"insert" | b"touch" | b"u" | b"ws" => Some(Op::Write),
        b"delete" | b"del" | b"remove" | b"unlink" | b"invalidate" | b"d" | b"evict" => {
            Some(Op::Delete)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_operations_have_a_usual_meaning() {
        for (name, op) in [
            ("Read", Op::Read),
            ("REST.HEAD.OBJECT", Op::Read),
            ("REST.PUT.OBJECT", Op::Write),
            ("GET_LEASE", Op::Read),
            ("SET_LEASE", Op::Write),
            ("UNLINK", Op::Delete),
            ("Invalidate", Op::Delete),
        ] {
            assert_eq!(usual_action(name.as_bytes()), Some(OpAction::Op(op)), "{name}");
        }
        for name in ["", "REST.GET.BUCKET", "_lease", "jump", "0", "invalidates"] {
            assert_eq!(usual_action(name.as_bytes()), None, "{name}");
        }
    }
}
