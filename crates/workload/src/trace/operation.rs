//! Words that logs use for operations.

use crate::compiled::Op;

/// What is expected where an operation is none of the known words.
pub(super) const EXPECTED: &str =
    "an operation: get, read, set, put, add, write, update, delete, remove or the like";

/// The operation of a word, whatever its case; `None` for a word that is not known.
pub(super) fn op(word: &[u8]) -> Option<Op> {
    const READS: [&[u8]; 9] =
        [b"get", b"gets", b"read", b"r", b"head", b"load", b"l", b"mget", b"hit"];
    const WRITES: [&[u8]; 19] = [
        b"set", b"put", b"add", b"write", b"w", b"update", b"replace", b"post", b"store", b"cas",
        b"append", b"prepend", b"incr", b"decr", b"s", b"patch", b"insert", b"touch", b"u",
    ];
    const DELETES: [&[u8]; 7] =
        [b"delete", b"del", b"remove", b"unlink", b"invalidate", b"d", b"evict"];
    let is = |known: &&[u8]| known.eq_ignore_ascii_case(word);
    if READS.iter().any(is) {
        Some(Op::Read)
    } else if WRITES.iter().any(is) {
        Some(Op::Write)
    } else {
        DELETES.iter().any(is).then_some(Op::Delete)
    }
}

/// The operation of a method of HTTP: GET and HEAD read, DELETE deletes, any other writes.
pub(super) fn of_method(method: &[u8]) -> Op {
    match method {
        b"GET" | b"HEAD" => Op::Read,
        b"DELETE" => Op::Delete,
        _ => Op::Write,
    }
}
