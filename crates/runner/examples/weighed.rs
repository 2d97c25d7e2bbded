//! Runners whose allocator counts, so that what the memory meter sees of a process can be held
//! against what its strategy really asked for.
//!
//! `BAKEOFF_WEIGHED` says which strategy this process is: `dict`, `lru` or `moka`. In place of the
//! bytes that the strategy knows of, `snapshot` tells by how much the live allocations of the whole
//! process have grown since it was opened.

use std::alloc::{GlobalAlloc, Layout, System};
use std::future::Future;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use bakeoff_strategy::{
    Key, Mode, OpenConfig, OpenError, Properties, PutOptions, Snapshot, Strategy, Value,
};
use bakeoff_variant_dict::Dict;
use bakeoff_variant_lru::Lru;
use bakeoff_variant_moka::Moka;

fn main() -> ExitCode {
    match std::env::var("BAKEOFF_WEIGHED").as_deref() {
        Ok("lru") => bakeoff_runner::run::<Weighed<Lru>>("lru"),
        Ok("moka") => bakeoff_runner::run::<Weighed<Moka>>("moka"),
        _ => bakeoff_runner::run::<Weighed<Dict>>("dict"),
    }
}

/// Bytes of all live allocations.
static LIVE: AtomicU64 = AtomicU64::new(0);

/// What an allocation takes: a header of eight bytes before it, and all of it a multiple of sixteen,
/// as allocators of 64-bit systems lay them out.
const fn taken(size: usize) -> u64 {
    ((size + 8).next_multiple_of(16)) as u64
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(taken(layout.size()), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(taken(layout.size()), Ordering::Relaxed);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(taken(layout.size()), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LIVE.fetch_add(taken(size), Ordering::Relaxed);
        LIVE.fetch_sub(taken(layout.size()), Ordering::Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// A strategy that is weighed by the allocator.
struct Weighed<S> {
    inner: S,
    at_first: u64,
}

impl<S: Strategy> Strategy for Weighed<S> {
    type Error = S::Error;
    const MODE: Mode = S::MODE;
    const PROPERTIES: Properties = S::PROPERTIES;

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        let at_first = LIVE.load(Ordering::Relaxed);
        let opening = S::open(config);
        async move { Ok(Self { inner: opening.await?, at_first }) }
    }

    fn get(&self, key: Key) -> impl Future<Output = Result<Option<Value>, S::Error>> + Send {
        self.inner.get(key)
    }

    fn put(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
    ) -> impl Future<Output = Result<(), S::Error>> + Send {
        self.inner.put(key, value, options)
    }

    fn remove(&self, key: Key) -> impl Future<Output = Result<(), S::Error>> + Send {
        self.inner.remove(key)
    }

    fn clear(&self) -> impl Future<Output = Result<(), S::Error>> + Send {
        self.inner.clear()
    }

    fn len(&self) -> impl Future<Output = Result<u64, S::Error>> + Send {
        self.inner.len()
    }

    fn settle(&self) -> impl Future<Output = Result<(), S::Error>> + Send {
        self.inner.settle()
    }

    async fn snapshot(&self) -> Result<Snapshot, S::Error> {
        let bytes = LIVE.load(Ordering::Relaxed).saturating_sub(self.at_first);
        Ok(Snapshot { bytes: Some(bytes), ..self.inner.snapshot().await? })
    }
}
