//! Table of Redis commands: positions of their keys and effects on them.

use std::collections::HashMap;
use std::iter::StepBy;
use std::ops::Range;

use bakeoff_compiled::Op;

use super::arguments::Arguments;
use crate::trace::parse::number::{parse_decimal, saturating_u32};

/// Positions of keys among the arguments; index 1 is the first argument after the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyPositions {
    /// The argument at an index.
    At(usize),
    /// All arguments from an index on.
    From(usize),
    /// Every second argument; each key is followed by its value.
    Pairs,
    /// All arguments but the last, which is a timeout.
    AllButLast,
    /// Arguments after an index; the number at the index is their count.
    Counted(usize),
    /// First half of the arguments after `STREAMS`; the second half are ids.
    Streams,
    /// The argument after the keyword `STORE` or `STOREDIST`, if given.
    Stored,
}

/// Operation of a command, and the positions of the keys that it applies to.
pub(super) type CommandEffect = (Op, KeyPositions);

const READ: CommandEffect = (Op::Read, KeyPositions::At(1));
const WRITE: CommandEffect = (Op::Write, KeyPositions::At(1));

/// Lower-case names of commands with their effects, in the order of execution.
///
/// Deliberately not included: commands that do not access the value (EXISTS, TTL, TYPE), that
/// change only its expiry (EXPIRE), or that empty a database.
const COMMANDS: &[(&[CommandEffect], &str)] = &[
    (
        &[READ],
        "get getex getrange substr strlen getbit bitcount bitpos bitfield_ro \
         hget hgetall hmget hkeys hvals hlen hexists hscan hstrlen hrandfield hgetex \
         lrange lindex llen lpos smembers sismember smismember scard srandmember sscan \
         zrange zrangebyscore zrangebylex zrevrange zrevrangebyscore zrevrangebylex zscore zmscore \
         zrank zrevrank zcard zcount zlexcount zscan zrandmember xrange xrevrange xlen \
         geopos geodist geohash geosearch georadius_ro georadiusbymember_ro json.get dump sort_ro",
    ),
    (&[(Op::Read, KeyPositions::From(1))], "mget sinter sunion sdiff pfcount"),
    (&[(Op::Read, KeyPositions::Counted(1))], "zunion zinter zdiff sintercard zintercard"),
    (&[(Op::Read, KeyPositions::Streams)], "xread xreadgroup"),
    (&[READ, (Op::Write, KeyPositions::Stored)], "sort georadius georadiusbymember"),
    (
        &[WRITE],
        "set setex psetex setnx getset setrange setbit append incr incrby incrbyfloat decr decrby \
         bitfield hset hsetnx hmset hincrby hincrbyfloat hdel hsetex hgetdel \
         lpush rpush lpushx rpushx lpop rpop lset linsert lrem ltrim sadd srem spop \
         zadd zincrby zrem zremrangebyscore zremrangebyrank zremrangebylex zpopmin zpopmax \
         xadd xtrim xdel pfadd geoadd restore json.set",
    ),
    (&[(Op::Write, KeyPositions::AllButLast)], "blpop brpop bzpopmin bzpopmax"),
    (&[(Op::Write, KeyPositions::Counted(1))], "lmpop zmpop"),
    (&[(Op::Write, KeyPositions::Counted(2))], "blmpop bzmpop"),
    (&[WRITE, (Op::Write, KeyPositions::At(2))], "rpoplpush brpoplpush lmove blmove smove"),
    (&[(Op::Write, KeyPositions::Pairs)], "mset msetnx"),
    (&[(Op::Read, KeyPositions::From(2)), WRITE], "sinterstore sunionstore sdiffstore pfmerge"),
    (&[(Op::Read, KeyPositions::Counted(2)), WRITE], "zunionstore zinterstore zdiffstore"),
    (&[(Op::Read, KeyPositions::At(2)), WRITE], "zrangestore geosearchstore"),
    (&[(Op::Read, KeyPositions::From(3)), (Op::Write, KeyPositions::At(2))], "bitop"),
    (&[READ, (Op::Write, KeyPositions::At(2))], "copy"),
    (&[(Op::Delete, KeyPositions::At(1)), (Op::Write, KeyPositions::At(2))], "rename renamenx"),
    (&[(Op::Delete, KeyPositions::At(1))], "getdel"),
    (&[(Op::Delete, KeyPositions::From(1))], "del unlink"),
];

/// Maximum length of a command name.
const MAX_NAME_LEN: usize = 32;

/// Index of the effects of commands by lower-case name.
pub(super) struct CommandTable(HashMap<&'static [u8], &'static [CommandEffect]>);

impl CommandTable {
    pub(super) fn new() -> Self {
        let named = COMMANDS.iter().flat_map(|&(effects, names)| {
            names.split_ascii_whitespace().map(move |name| (name.as_bytes(), effects))
        });
        Self(named.collect())
    }

    /// Returns the effects of a command; `None` for commands that are skipped.
    pub(super) fn effects(&self, name: &[u8]) -> Option<&'static [CommandEffect]> {
        let mut lower = [0; MAX_NAME_LEN];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        self.0.get(&*lower).copied()
    }
}

/// Returns the indexes of the arguments at the given positions.
pub(super) fn key_indexes(arguments: &Arguments, keys: KeyPositions) -> StepBy<Range<usize>> {
    let all = arguments.len();
    let (range, step) = match keys {
        KeyPositions::At(index) => (index..all.min(index + 1), 1),
        KeyPositions::From(index) => (index..all, 1),
        KeyPositions::Pairs => (1..all, 2),
        KeyPositions::AllButLast => (1..all - 1, 1),
        KeyPositions::Counted(index) => {
            let count = arguments.get(index).and_then(parse_decimal).unwrap_or(0);
            let end = usize::try_from(count).unwrap_or(usize::MAX).saturating_add(index + 1);
            (index + 1..end.min(all), 1)
        }
        KeyPositions::Streams => {
            let start = arguments.find(1, "streams").map_or(all, |index| index + 1);
            (start..start + (all - start) / 2, 1)
        }
        KeyPositions::Stored => {
            let after = |keyword| arguments.find(2, keyword).map(|index| index + 1);
            let index = after("store").or_else(|| after("storedist")).unwrap_or(all);
            (index..all.min(index + 1), 1)
        }
    };
    range.step_by(step)
}

/// Returns the size of the value that SET or a similar command writes; `None` for others.
pub(super) fn value_bytes(arguments: &Arguments) -> Option<u32> {
    let index = match arguments.name().to_ascii_lowercase().as_slice() {
        b"set" | b"setnx" | b"getset" => 2,
        b"setex" | b"psetex" => 3,
        _ => return None,
    };
    arguments.byte_len(index)
}

/// Returns the time to live that EXPIRE or a similar command sets, in milliseconds.
///
/// `None` for other commands and for conditional ones (NX, XX, GT, LT).
pub(super) fn expire_ms(arguments: &Arguments, time_us: u64) -> Option<u32> {
    let number = arguments.get(2).and_then(parse_decimal)?;
    let until = |expiry_ms: u64| expiry_ms.saturating_sub(time_us / 1_000);
    let milliseconds = match arguments.name().to_ascii_lowercase().as_slice() {
        b"expire" => number.saturating_mul(1_000),
        b"pexpire" => number,
        b"expireat" => until(number.saturating_mul(1_000)),
        b"pexpireat" => until(number),
        _ => return None,
    };
    // 0 would mean that the value never expires.
    (arguments.len() == 3).then(|| saturating_u32(milliseconds.max(1)))
}

/// Returns true if no key of a command can be truncated.
pub(super) fn has_complete_keys(arguments: &Arguments, effects: &[CommandEffect]) -> bool {
    let is_complete = |&(_, keys): &CommandEffect| match keys {
        KeyPositions::At(index) => arguments.is_complete_up_to(index),
        _ => arguments.is_complete(),
    };
    effects.iter().all(is_complete)
}

/// Returns the time to live that a command at `time_us` sets, in milliseconds; 0 for none.
///
/// An expiry time in the past yields 1 ms.
pub(super) fn ttl_ms(arguments: &Arguments, time_us: u64) -> u32 {
    let number = |index: usize| arguments.get(index).and_then(parse_decimal).unwrap_or(0);
    let until = |expiry_ms: u64| expiry_ms.saturating_sub(time_us / 1_000).max(1);
    let first_option = match arguments.name().to_ascii_lowercase().as_slice() {
        b"setex" => return saturating_u32(number(2).saturating_mul(1_000)),
        b"psetex" => return saturating_u32(number(2)),
        b"set" => 3,
        b"getex" => 2,
        _ => return 0,
    };
    let option = |keyword| arguments.find(first_option, keyword).map(|index| number(index + 1));
    let milliseconds = option("ex")
        .map(|seconds| seconds.saturating_mul(1_000))
        .or_else(|| option("px"))
        .or_else(|| option("exat").map(|seconds| until(seconds.saturating_mul(1_000))))
        .or_else(|| option("pxat").map(until));
    saturating_u32(milliseconds.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Arguments {
        let mut arguments = Arguments::default();
        let quoted: Vec<String> = line.split(' ').map(|word| format!("\"{word}\"")).collect();
        assert!(arguments.split(quoted.join(" ").as_bytes()));
        arguments
    }

    #[test]
    fn every_key_of_a_command_is_found() {
        let commands = CommandTable::new();
        let operations = |line: &str| {
            let arguments = arguments(line);
            let effects = commands.effects(arguments.name())?;
            let operations = effects.iter().flat_map(|&(op, keys)| {
                let arguments = &arguments;
                key_indexes(arguments, keys).map(move |index| {
                    let key = String::from_utf8_lossy(arguments.get(index).unwrap());
                    format!("{op:?} {key}")
                })
            });
            Some(operations.collect::<Vec<_>>().join(", "))
        };
        for (line, expected) in [
            ("GET a", "Read a"),
            ("MGET a b", "Read a, Read b"),
            ("mset a 1 b 2", "Write a, Write b"),
            ("RENAME a b", "Delete a, Write b"),
            ("COPY a b", "Read a, Write b"),
            ("RPOPLPUSH a b", "Write a, Write b"),
            ("ZUNIONSTORE d 2 a b WEIGHTS 1 2", "Read a, Read b, Write d"),
            ("ZUNION 2 a b", "Read a, Read b"),
            ("SINTERCARD 1 a LIMIT 3", "Read a"),
            ("XREAD COUNT 2 STREAMS a b 0 0", "Read a, Read b"),
            ("BLPOP a b 0", "Write a, Write b"),
            ("SORT a BY w_* STORE b", "Read a, Write b"),
            ("SORT a", "Read a"),
            ("BITOP AND d a b", "Read a, Read b, Write d"),
            ("ZUNION 99999999999999999999 a", ""),
            ("ZUNION 7 a", "Read a"),
            ("BLPOP", ""),
            ("GET", ""),
            ("XREAD", ""),
        ] {
            assert_eq!(operations(line).as_deref(), Some(expected), "{line}");
        }
        for line in ["EXPIRE a 1", "FLUSHALL", "PING", "an-unknown-command-with-a-very-long-name"] {
            assert_eq!(operations(line), None, "{line}");
        }
    }

    #[test]
    fn relative_and_absolute_expiry_times_are_parsed() {
        let at = 1_700_000_000_500_000;
        for (line, expected) in [
            ("SET a v PX 1500", 1_500),
            ("SET a v NX EX 2", 2_000),
            ("SET a v EXAT 1700000010", 9_500),
            ("SET a v PXAT 1700000000750", 250),
            ("SET a v PXAT 1", 1),
            ("SET a EX", 0),
            ("GETEX a EX 3", 3_000),
            ("GETEX a PERSIST", 0),
            ("SETEX a 4 v", 4_000),
            ("PSETEX a 5 v", 5),
        ] {
            assert_eq!(ttl_ms(&arguments(line), at), expected, "{line}");
        }
        for (line, expected) in [
            ("EXPIRE a 2", Some(2_000)),
            ("pexpireat a 1700000000750", Some(250)),
            ("EXPIRE a 0", Some(1)),
            ("EXPIRE a 2 NX", None),
            ("PERSIST a", None),
        ] {
            assert_eq!(expire_ms(&arguments(line), at), expected, "{line}");
        }
        assert_eq!(value_bytes(&arguments("SET a hello")), Some(5));
        assert_eq!(value_bytes(&arguments("APPEND a hello")), None);
    }
}
