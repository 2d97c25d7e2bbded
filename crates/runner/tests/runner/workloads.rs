//! Small compiled workloads for the tests, written from the layout in `docs/FORMATS.md`.

use std::fs;
use std::path::{Path, PathBuf};

use bakeoff_workload::compiled::{
    ColumnEntry, ColumnKind, HEADER_BYTES, Header, MAGIC, Op, VERSION,
};
use bytemuck::Zeroable;

/// Requests of a workload, one column per field.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests {
    pub(crate) ids: Vec<u32>,
    pub(crate) ops: Option<Vec<Op>>,
    pub(crate) sizes: Option<Vec<u32>>,
    pub(crate) ttls_ms: Option<Vec<u32>>,
    pub(crate) times_us: Option<Vec<u64>>,
    pub(crate) tenants: Option<Vec<u16>>,
    pub(crate) groups: Option<Vec<u32>>,
    pub(crate) value_bytes: u32,
}

impl Requests {
    /// Creates reads of the given ids. Values have 100 bytes.
    pub(crate) fn reads(ids: &[u32]) -> Self {
        Self { ids: ids.to_vec(), value_bytes: 100, ..Self::default() }
    }

    /// Creates requests from operations and ids. Values have 100 bytes.
    pub(crate) fn mixed(requests: &[(Op, u32)]) -> Self {
        let (ops, ids) = requests.iter().copied().unzip();
        Self { ids, ops: Some(ops), value_bytes: 100, ..Self::default() }
    }

    /// Creates a reproducible mix of reads, writes and deletes over `keys` keys. Low ids are more
    /// frequent.
    pub(crate) fn jumble(requests: u32, keys: u32) -> Self {
        let mut state = 17_u64;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888);
            (state >> 33) as u32
        };
        let mixed: Vec<_> = (0..requests)
            .map(|_| {
                let op = match next() % 10 {
                    0 | 1 => Op::Write,
                    2 => Op::Delete,
                    _ => Op::Read,
                };
                (op, next() % keys * (next() % 100) / 100)
            })
            .collect();
        Self::mixed(&mixed)
    }

    /// Writes the compiled workload into a directory and returns its path.
    pub(crate) fn write(&self, folder: &Path, name: &str) -> PathBuf {
        let mut file = vec![0; HEADER_BYTES];
        let mut header = Header::zeroed();
        header.magic = MAGIC;
        header.version = VERSION;
        header.value_bytes = self.value_bytes;
        header.requests = self.ids.len() as u64;
        header.unique_keys = u64::from(self.ids.iter().max().map_or(0, |id| id + 1));
        let count = |wanted| {
            self.ops.as_ref().map_or(0, |ops| ops.iter().filter(|&&op| op == wanted).count() as u64)
        };
        (header.writes, header.deletes) = (count(Op::Write), count(Op::Delete));
        header.reads = header.requests - header.writes - header.deletes;
        let ids: Vec<u8> = self.ids.iter().flat_map(|id| id.to_le_bytes()).collect();
        let mut columns = vec![(ColumnKind::Ids, 4, ids)];
        if let Some(ops) = &self.ops {
            columns.push((ColumnKind::Ops, 1, ops.iter().map(|&op| op as u8).collect()));
        }
        if let Some(sizes) = &self.sizes {
            let sizes = sizes.iter().flat_map(|size| size.to_le_bytes()).collect();
            columns.push((ColumnKind::Sizes, 4, sizes));
        }
        if let Some(ttls) = &self.ttls_ms {
            let ttls = ttls.iter().flat_map(|ttl| ttl.to_le_bytes()).collect();
            columns.push((ColumnKind::TtlsMs, 4, ttls));
        }
        if let Some(times) = &self.times_us {
            let times = times.iter().flat_map(|time| time.to_le_bytes()).collect();
            columns.push((ColumnKind::TimesUs, 8, times));
        }
        if let Some(tenants) = &self.tenants {
            let tenants = tenants.iter().flat_map(|tenant| tenant.to_le_bytes()).collect();
            columns.push((ColumnKind::Tenants, 2, tenants));
        }
        if let Some(groups) = &self.groups {
            let groups = groups.iter().flat_map(|group| group.to_le_bytes()).collect();
            columns.push((ColumnKind::Groups, 4, groups));
        }
        for (place, (kind, width, bytes)) in columns.into_iter().enumerate() {
            file.resize(file.len().next_multiple_of(64), 0);
            let count = bytes.len() as u64 / u64::from(width);
            header.columns[place] =
                ColumnEntry { kind: kind as u32, width, offset: file.len() as u64, count };
            file.extend(bytes);
        }
        file[..size_of::<Header>()].copy_from_slice(bytemuck::bytes_of(&header));
        let path = folder.join(name);
        fs::write(&path, file).expect("the folder is writable");
        path
    }
}
