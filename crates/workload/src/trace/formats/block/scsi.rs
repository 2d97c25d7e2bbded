//! SCSI commands in block traces.

use bakeoff_compiled::Op;

/// Maps WRITE and WRITE AND VERIFY (6, 10, 12 and 16 bytes) to writes, other commands to reads.
pub(super) const fn op_from_command(command: u16) -> Op {
    match command {
        0x0a | 0x2a | 0x2e | 0x8a | 0x8e | 0xaa | 0xae => Op::Write,
        _ => Op::Read,
    }
}
