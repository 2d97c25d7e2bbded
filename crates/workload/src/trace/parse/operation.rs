//! Parses the names of operations in logs.

use bakeoff_compiled::Op;

/// Expected content in an error about an unknown operation.
pub(super) const EXPECTED: &str =
    "an operation: get, read, set, put, add, write, update, delete, remove or similar";

/// Parses the name of an operation, ignoring case.
pub(super) fn parse_op(name: &[u8]) -> Option<Op> {
    const READS: [&[u8]; 9] =
        [b"get", b"gets", b"read", b"r", b"head", b"load", b"l", b"mget", b"hit"];
    const WRITES: [&[u8]; 19] = [
        b"set", b"put", b"add", b"write", b"w", b"update", b"replace", b"post", b"store", b"cas",
        b"append", b"prepend", b"incr", b"decr", b"s", b"patch", b"insert", b"touch", b"u",
    ];
    const DELETES: [&[u8]; 7] =
        [b"delete", b"del", b"remove", b"unlink", b"invalidate", b"d", b"evict"];
    let matches = |known: &&[u8]| known.eq_ignore_ascii_case(name);
    if READS.iter().any(matches) {
        Some(Op::Read)
    } else if WRITES.iter().any(matches) {
        Some(Op::Write)
    } else {
        DELETES.iter().any(matches).then_some(Op::Delete)
    }
}

/// Maps an HTTP method to an operation: GET and HEAD read, DELETE deletes, others write.
pub(in crate::trace) fn op_from_method(method: &[u8]) -> Op {
    match method {
        b"GET" | b"HEAD" => Op::Read,
        b"DELETE" => Op::Delete,
        _ => Op::Write,
    }
}
