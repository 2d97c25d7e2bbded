//! Requests outside of the workload, for keys that the workload does not contain.

use std::future::{Future, ready};
use std::ops::Range;
use std::sync::Arc;

use bakeoff_strategy::{ExecutionMode, Key, Loaded, Origin, OriginError, Strategy, Value};

use crate::data::origin;
use crate::data::trial_context::TrialContext;
use crate::failure::Failure;

/// Origin with a row for every key, always at version 0. Its stores have no effect.
#[derive(Clone)]
pub(super) struct ExtraOrigin {
    context: Arc<TrialContext>,
}

impl ExtraOrigin {
    fn new(context: &Arc<TrialContext>) -> Self {
        Self { context: Arc::clone(context) }
    }

    /// Creates a value of a key, which has the size of one of the requests.
    fn value(&self, key: Key, version: u64) -> Loaded {
        let context = &*self.context;
        let bytes = match (context.workload.sizes(), context.fixed_bytes()) {
            (Some(sizes), _) if !sizes.is_empty() => {
                sizes[(key.id() % sizes.len() as u64) as usize]
            }
            (_, fixed) => fixed.unwrap_or(0),
        };
        let value = if context.fresh_bodies {
            origin::value::<true>(context, key, version, bytes)
        } else {
            origin::value::<false>(context, key, version, bytes)
        };
        Loaded { value, options: context.put_options(bytes, 0) }
    }
}

impl Origin for ExtraOrigin {
    const MODE: ExecutionMode = ExecutionMode::Sync;
    type Detached = Self;

    fn detach(&self) -> Self {
        self.clone()
    }

    fn load(&self, key: Key) -> impl Future<Output = Result<Option<Loaded>, OriginError>> + Send {
        ready(Ok(Some(self.value(key, 0))))
    }

    fn store(&self, _: Key, _: Value) -> impl Future<Output = Result<(), OriginError>> + Send {
        ready(Ok(()))
    }
}

/// Returns the id of the first key that the workload does not contain.
pub(super) fn first_new_id(context: &TrialContext) -> u64 {
    context.workload.header().unique_keys
}

/// Reads keys one after the other.
///
/// # Errors
/// [`Failure::Strategy`] if a read fails.
pub(super) async fn read<S: Strategy>(
    strategy: &S,
    context: &Arc<TrialContext>,
    ids: impl IntoIterator<Item = u64>,
) -> Result<(), Failure> {
    let origin = ExtraOrigin::new(context);
    for id in ids {
        read_one(strategy, &origin, id).await?;
    }
    Ok(())
}

/// Reads new keys. Overwrites one in four of them, and removes another one in four.
///
/// # Errors
/// [`Failure::Strategy`] if a request fails.
pub(super) async fn replace<S: Strategy>(
    strategy: &S,
    context: &Arc<TrialContext>,
    ids: Range<u64>,
) -> Result<(), Failure> {
    let origin = ExtraOrigin::new(context);
    for id in ids {
        read_one(strategy, &origin, id).await?;
        let key = Key::from_id(id);
        match id % 4 {
            0 => {
                let Loaded { value, options } = origin.value(key, 1);
                strategy
                    .write(key, value, options, &origin)
                    .await
                    .map_err(Failure::in_call("write"))?;
            }
            2 => strategy.remove(key).await.map_err(Failure::in_call("remove"))?,
            _ => {}
        }
    }
    Ok(())
}

async fn read_one<S: Strategy>(strategy: &S, origin: &ExtraOrigin, id: u64) -> Result<(), Failure> {
    strategy.read(Key::from_id(id), origin).await.map_err(Failure::in_call("read"))?;
    Ok(())
}
