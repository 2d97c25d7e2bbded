//! Library preloaded into a server: answers the server's calls for the time from a clock page.
//!
//! Without a page, and for clocks of processor time, the kernel answers.

#![no_std]

#[path = "../src/layout.rs"]
mod layout;

use core::ffi::{c_char, c_int, c_long, c_void};
use core::mem::size_of;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};

use layout::{Layout, MAGIC};

/// Environment variable with the path of the page.
const VARIABLE: &core::ffi::CStr = c"BAKEOFF_CLOCK_PAGE";

#[cfg(target_arch = "x86_64")]
const SYS_CLOCK_GETTIME: c_long = 228;
/// Number of `clock_gettime` in the system call table that all newer architectures share.
#[cfg(not(target_arch = "x86_64"))]
const SYS_CLOCK_GETTIME: c_long = 113;

// Constants of the kernel's `include/uapi/linux/time.h` and of `fcntl.h` and `mman.h`.
const CLOCK_REALTIME: c_int = 0;
const CLOCK_PROCESS_CPUTIME_ID: c_int = 2;
const CLOCK_THREAD_CPUTIME_ID: c_int = 3;
const CLOCK_REALTIME_COARSE: c_int = 5;
const CLOCK_REALTIME_ALARM: c_int = 8;
const CLOCK_TAI: c_int = 11;
const O_RDWR_CLOEXEC: c_int = 0o2 | 0o2_000_000;
const PROT_READ_WRITE: c_int = 1 | 2;
const MAP_SHARED: c_int = 1;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

#[repr(C)]
pub struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

#[repr(C)]
pub struct Timeval {
    seconds: i64,
    microseconds: i64,
}

unsafe extern "C" {
    fn getenv(name: *const c_char) -> *const c_char;
    fn open(path: *const c_char, flags: c_int, ...) -> c_int;
    fn close(file: c_int) -> c_int;
    fn mmap(
        address: *mut c_void,
        length: usize,
        protection: c_int,
        flags: c_int,
        file: c_int,
        offset: i64,
    ) -> *mut c_void;
    fn syscall(number: c_long, ...) -> c_long;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// Page of this process; null without one.
static PAGE: AtomicPtr<Layout> = AtomicPtr::new(null_mut());

/// Makes the loader call [`attach`] before `main`. Forked processes inherit the page.
#[used]
#[unsafe(link_section = ".init_array")]
static ATTACH: extern "C" fn() = attach;

extern "C" fn attach() {
    // SAFETY: the C library is initialized, because it is a dependency of this library. The mapping
    // is never removed, and the driver creates pages of the full size before it starts a server.
    unsafe {
        let path = getenv(VARIABLE.as_ptr());
        if path.is_null() {
            return;
        }
        let file = open(path, O_RDWR_CLOEXEC);
        if file < 0 {
            return;
        }
        let length = size_of::<Layout>();
        let mapped = mmap(null_mut(), length, PROT_READ_WRITE, MAP_SHARED, file, 0);
        close(file);
        // `MAP_FAILED` is -1.
        if mapped.addr() == usize::MAX {
            return;
        }
        let page = mapped.cast::<Layout>();
        if (*page).magic == MAGIC {
            (*page).followers.fetch_add(1, Ordering::Relaxed);
            PAGE.store(page, Ordering::Release);
        }
    }
}

/// Returns the virtual time of a clock; `None` if the kernel must answer.
fn virtual_time(clock: c_int) -> Option<u64> {
    let page = PAGE.load(Ordering::Acquire);
    // SAFETY: the pointer is null or points to a mapped page.
    let page = unsafe { page.as_ref() }?;
    let start = match clock {
        CLOCK_PROCESS_CPUTIME_ID | CLOCK_THREAD_CPUTIME_ID => return None,
        // Clocks of other processes and of devices.
        negative if negative < 0 => return None,
        CLOCK_REALTIME | CLOCK_REALTIME_COARSE | CLOCK_REALTIME_ALARM | CLOCK_TAI => {
            page.realtime_start_ns
        }
        _ => page.monotonic_start_ns,
    };
    Some(start + page.elapsed_ns.load(Ordering::Relaxed))
}

/// Replaces the function of the C library.
///
/// # Safety
/// `time` must be null or point to a valid `timespec`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(clock: c_int, time: *mut Timespec) -> c_int {
    // SAFETY: as promised by the caller.
    match (virtual_time(clock), unsafe { time.as_mut() }) {
        (Some(now), Some(time)) => {
            time.seconds = (now / NANOS_PER_SECOND) as i64;
            time.nanoseconds = (now % NANOS_PER_SECOND) as i64;
            0
        }
        // SAFETY: the kernel checks the pointer.
        _ => unsafe { syscall(SYS_CLOCK_GETTIME, clock, time) as c_int },
    }
}

/// Replaces the function of the C library.
///
/// # Safety
/// `time` must be null or point to a valid `timeval`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gettimeofday(time: *mut Timeval, _zone: *mut c_void) -> c_int {
    let mut now = Timespec { seconds: 0, nanoseconds: 0 };
    // SAFETY: `now` is valid, and `time` is as promised by the caller.
    unsafe {
        let result = clock_gettime(CLOCK_REALTIME, &mut now);
        if let Some(time) = time.as_mut() {
            time.seconds = now.seconds;
            time.microseconds = now.nanoseconds / 1_000;
        }
        result
    }
}

/// Replaces the function of the C library.
///
/// # Safety
/// `seconds` must be null or point to a valid `time_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn time(seconds: *mut i64) -> i64 {
    let mut now = Timespec { seconds: 0, nanoseconds: 0 };
    // SAFETY: `now` is valid, and `seconds` is as promised by the caller.
    unsafe {
        clock_gettime(CLOCK_REALTIME, &mut now);
        if let Some(seconds) = seconds.as_mut() {
            *seconds = now.seconds;
        }
    }
    now.seconds
}
