//! What commands of Redis do to which of their arguments.

use std::collections::HashMap;
use std::iter::StepBy;
use std::ops::Range;

use super::arguments::Arguments;
use crate::compiled::Op;
use crate::trace::number::{decimal, saturated};

/// Which arguments are keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// The one at a place; the first argument has place 1.
    At(usize),
    /// All from a place on.
    From(usize),
    /// Every other one; values stand between them.
    Pairs,
    /// All but the last, which is a time-out.
    ButLast,
    /// So many as the number at a place says, behind it.
    Counted(usize),
    /// The first half of what follows `STREAMS`; the other half are ids.
    Streams,
    /// The one behind `STORE`, if there is one.
    Stored,
}

/// What a command does to some of its keys.
pub(super) type Effect = (Op, Keys);

const READ: Effect = (Op::Read, Keys::At(1));
const WRITE: Effect = (Op::Write, Keys::At(1));

/// Names in lower case, with what they do in this order. Left out on purpose is what looks at a key
/// without its value (EXISTS, TTL, TYPE), what changes nothing but its life (EXPIRE), and what
/// empties a database.
const COMMANDS: &[(&[Effect], &str)] = &[
    (
        &[READ],
        "get getex getrange substr strlen getbit bitcount bitpos bitfield_ro \
         hget hgetall hmget hkeys hvals hlen hexists hscan hstrlen hrandfield hgetex \
         lrange lindex llen lpos smembers sismember smismember scard srandmember sscan \
         zrange zrangebyscore zrangebylex zrevrange zrevrangebyscore zrevrangebylex zscore zmscore \
         zrank zrevrank zcard zcount zlexcount zscan zrandmember xrange xrevrange xlen \
         geopos geodist geohash geosearch georadius_ro georadiusbymember_ro json.get dump sort_ro",
    ),
    (&[(Op::Read, Keys::From(1))], "mget sinter sunion sdiff pfcount"),
    (&[(Op::Read, Keys::Counted(1))], "zunion zinter zdiff sintercard zintercard"),
    (&[(Op::Read, Keys::Streams)], "xread xreadgroup"),
    (&[READ, (Op::Write, Keys::Stored)], "sort georadius georadiusbymember"),
    (
        &[WRITE],
        "set setex psetex setnx getset setrange setbit append incr incrby incrbyfloat decr decrby \
         bitfield hset hsetnx hmset hincrby hincrbyfloat hdel hsetex hgetdel \
         lpush rpush lpushx rpushx lpop rpop lset linsert lrem ltrim sadd srem spop \
         zadd zincrby zrem zremrangebyscore zremrangebyrank zremrangebylex zpopmin zpopmax \
         xadd xtrim xdel pfadd geoadd restore json.set",
    ),
    (&[(Op::Write, Keys::ButLast)], "blpop brpop bzpopmin bzpopmax"),
    (&[(Op::Write, Keys::Counted(1))], "lmpop zmpop"),
    (&[(Op::Write, Keys::Counted(2))], "blmpop bzmpop"),
    (&[WRITE, (Op::Write, Keys::At(2))], "rpoplpush brpoplpush lmove blmove smove"),
    (&[(Op::Write, Keys::Pairs)], "mset msetnx"),
    (&[(Op::Read, Keys::From(2)), WRITE], "sinterstore sunionstore sdiffstore pfmerge"),
    (&[(Op::Read, Keys::Counted(2)), WRITE], "zunionstore zinterstore zdiffstore"),
    (&[(Op::Read, Keys::At(2)), WRITE], "zrangestore geosearchstore"),
    (&[(Op::Read, Keys::From(3)), (Op::Write, Keys::At(2))], "bitop"),
    (&[READ, (Op::Write, Keys::At(2))], "copy"),
    (&[(Op::Delete, Keys::At(1)), (Op::Write, Keys::At(2))], "rename renamenx"),
    (&[(Op::Delete, Keys::At(1))], "getdel"),
    (&[(Op::Delete, Keys::From(1))], "del unlink"),
];

/// No name of a command is longer.
const LONGEST_NAME: usize = 32;

/// Effects by name.
pub(super) struct Commands(HashMap<&'static [u8], &'static [Effect]>);

impl Commands {
    pub(super) fn new() -> Self {
        let named = COMMANDS.iter().flat_map(|&(effects, names)| {
            names.split_ascii_whitespace().map(move |name| (name.as_bytes(), effects))
        });
        Self(named.collect())
    }

    /// What a command does; `None` for those that are left out.
    pub(super) fn effects(&self, name: &[u8]) -> Option<&'static [Effect]> {
        let mut lower = [0; LONGEST_NAME];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        self.0.get(&*lower).copied()
    }
}

/// The places of keys.
pub(super) fn places(arguments: &Arguments, keys: Keys) -> StepBy<Range<usize>> {
    let all = arguments.len();
    let (range, step) = match keys {
        Keys::At(place) => (place..all.min(place + 1), 1),
        Keys::From(place) => (place..all, 1),
        Keys::Pairs => (1..all, 2),
        Keys::ButLast => (1..all - 1, 1),
        Keys::Counted(place) => {
            let count = arguments.get(place).and_then(decimal).unwrap_or(0);
            let end = usize::try_from(count).unwrap_or(usize::MAX).saturating_add(place + 1);
            (place + 1..end.min(all), 1)
        }
        Keys::Streams => {
            let start = arguments.find(1, "streams").map_or(all, |place| place + 1);
            (start..start + (all - start) / 2, 1)
        }
        Keys::Stored => {
            let behind = |word| arguments.find(2, word).map(|place| place + 1);
            let place = behind("store").or_else(|| behind("storedist")).unwrap_or(all);
            (place..all.min(place + 1), 1)
        }
    };
    range.step_by(step)
}

/// Bytes of the value that a command of one key carries whole.
pub(super) fn value_bytes(arguments: &Arguments) -> Option<u32> {
    let place = match arguments.name().to_ascii_lowercase().as_slice() {
        b"set" | b"setnx" | b"getset" => 2,
        b"setex" | b"psetex" => 3,
        _ => return None,
    };
    arguments.length(place)
}

/// Whether all keys of a command are there whole, where its line may be cut.
pub(super) fn has_whole_keys(arguments: &Arguments, effects: &[Effect]) -> bool {
    let whole = |&(_, keys): &Effect| match keys {
        Keys::At(place) => arguments.is_whole(place),
        _ => arguments.is_complete(),
    };
    effects.iter().all(whole)
}

/// The time to live that a command gives its value, at a time; 0 for none. What has passed already
/// counts as one millisecond.
pub(super) fn ttl_ms(arguments: &Arguments, time_us: u64) -> u32 {
    let number = |place: usize| arguments.get(place).and_then(decimal).unwrap_or(0);
    let until = |moment_ms: u64| moment_ms.saturating_sub(time_us / 1_000).max(1);
    let options_from = match arguments.name().to_ascii_lowercase().as_slice() {
        b"setex" => return saturated(number(2).saturating_mul(1_000)),
        b"psetex" => return saturated(number(2)),
        b"set" => 3,
        b"getex" => 2,
        _ => return 0,
    };
    let option = |word| arguments.find(options_from, word).map(|place| number(place + 1));
    let milliseconds = option("ex")
        .map(|seconds| seconds.saturating_mul(1_000))
        .or_else(|| option("px"))
        .or_else(|| option("exat").map(|second| until(second.saturating_mul(1_000))))
        .or_else(|| option("pxat").map(until));
    saturated(milliseconds.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Arguments {
        let mut arguments = Arguments::default();
        let quoted: Vec<String> = line.split(' ').map(|word| format!("\"{word}\"")).collect();
        assert!(arguments.part(quoted.join(" ").as_bytes()));
        arguments
    }

    #[test]
    fn every_key_of_a_command_is_found() {
        let commands = Commands::new();
        let told = |line: &str| {
            let arguments = arguments(line);
            let effects = commands.effects(arguments.name())?;
            let told = effects.iter().flat_map(|&(op, keys)| {
                let arguments = &arguments;
                places(arguments, keys).map(move |place| {
                    let key = String::from_utf8_lossy(arguments.get(place).unwrap());
                    format!("{op:?} {key}")
                })
            });
            Some(told.collect::<Vec<_>>().join(", "))
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
            assert_eq!(told(line).as_deref(), Some(expected), "{line}");
        }
        for line in ["EXPIRE a 1", "FLUSHALL", "PING", "an-unknown-command-with-a-very-long-name"] {
            assert_eq!(told(line), None, "{line}");
        }
    }

    #[test]
    fn a_life_ends_after_a_span_or_at_a_moment() {
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
        assert_eq!(value_bytes(&arguments("SET a hello")), Some(5));
        assert_eq!(value_bytes(&arguments("APPEND a hello")), None);
    }
}
