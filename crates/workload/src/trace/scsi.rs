//! SCSI commands, as block traces record them.

use crate::compiled::Op;

/// Whether a command writes (WRITE and WRITE AND VERIFY of 6, 10, 12 and 16 bytes) or reads.
pub(super) const fn op(command: u16) -> Op {
    match command {
        0x0a | 0x2a | 0x2e | 0x8a | 0x8e | 0xaa | 0xae => Op::Write,
        _ => Op::Read,
    }
}
