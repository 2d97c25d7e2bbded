//! The tier in this process: who may put what into it, and who else may have it forget.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};

use bakeoff_strategy::{Key, Pending, PutOptions, Strategy, Value, poll_once};

use super::turns::{Seen, Turn, Turns};

/// A cache that answers at once and cannot fail, shared with those who hear what other instances
/// write.
pub(crate) struct Near<N> {
    pub(crate) cache: N,
    turns: Turns,
    /// Whether what others write goes unheard: then nothing is kept, since nobody would end it.
    cut_off: AtomicBool,
}

/// The near tier as those see it who hear what other instances write.
pub trait Nearby: Send + Sync {
    /// Another instance has written or removed a key.
    fn forget(&self, key: Key);

    /// Another instance has removed everything.
    fn forget_all(&self);

    /// From now on nothing is heard: forgets everything, and keeps nothing.
    fn cut_off(&self);

    /// From now on everything is heard: may keep what is asked for after this.
    fn hear(&self);
}

impl<N: Strategy<Error = Infallible>> Near<N> {
    pub(crate) fn new(cache: N) -> Self {
        Self { cache, turns: Turns::new(), cut_off: AtomicBool::new(false) }
    }

    /// What is held.
    #[inline]
    pub(crate) fn get(&self, key: Key) -> Result<Option<Value>, Pending> {
        now(self.cache.get(key))
    }

    /// Before a reader asks further away.
    pub(crate) fn look(&self, key: Key) -> Seen {
        self.turns.look(key)
    }

    /// Keeps what a reader was answered, unless a writer came since it looked.
    pub(crate) fn promote(
        &self,
        key: Key,
        seen: Seen,
        value: &Value,
        options: PutOptions,
    ) -> Result<(), Pending> {
        let store = || self.put(key, value.clone(), options);
        self.turns.if_unchanged(key, seen, store).unwrap_or(Ok(()))
    }

    /// A writer begins: the key is forgotten, and promotions under way come to nothing.
    pub(crate) fn begin(&self, key: Key) -> Result<Turn<'_>, Pending> {
        let (turn, forgotten) = self.turns.begin(key, || now(self.cache.remove(key)));
        forgotten.map(|()| turn)
    }

    /// The same for a reader that loaded the key; `None` if a writer came since it looked.
    pub(crate) fn begin_if_unchanged(&self, key: Key, seen: Seen) -> Option<Turn<'_>> {
        self.turns.begin_if_unchanged(key, seen)
    }

    /// A writer has finished: keeps its value, unless others wrote meanwhile.
    pub(crate) fn finish(
        &self,
        turn: Turn<'_>,
        key: Key,
        value: Value,
        options: PutOptions,
    ) -> Result<(), Pending> {
        turn.finish(|| self.put(key, value, options)).unwrap_or(Ok(()))
    }

    /// A writer of all keys begins.
    pub(crate) fn begin_all(&self) -> Result<Vec<Turn<'_>>, Pending> {
        let turns = self.turns.begin_all();
        now(self.cache.clear()).map(|()| turns)
    }

    /// Within a turn: whoever cuts us off takes all turns before it clears.
    fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), Pending> {
        if self.cut_off.load(Ordering::Relaxed) {
            return Ok(());
        }
        now(self.cache.put(key, value, options))
    }
}

/// A near tier that pended breaks a promise which every request of ours would find out, too; those
/// who only bring news have nobody to tell.
impl<N: Strategy<Error = Infallible>> Nearby for Near<N> {
    fn forget(&self, key: Key) {
        let _ = self.begin(key);
    }

    fn forget_all(&self) {
        let _ = self.begin_all();
    }

    fn cut_off(&self) {
        self.cut_off.store(true, Ordering::Relaxed);
        self.forget_all();
    }

    fn hear(&self) {
        // Who looked before now may have been told of a value that was written unheard.
        let turns = self.turns.begin_all();
        self.cut_off.store(false, Ordering::Relaxed);
        drop(turns);
    }
}

/// The answer of a future that is ready and does not fail.
#[inline]
pub(crate) fn now<T>(future: impl Future<Output = Result<T, Infallible>>) -> Result<T, Pending> {
    poll_once(future).map(|answer| match answer {
        Ok(answer) => answer,
        Err(never) => match never {},
    })
}
