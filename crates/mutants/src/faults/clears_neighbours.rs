//! Clears every namespace whose name begins with its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bakeoff_strategy::{OpenConfig, OpenError};

use crate::fault::Fault;
use crate::store::Store;

/// The stores of this process, as a shared server would know them, by namespace.
fn stores() -> MutexGuard<'static, Vec<(String, Weak<Store>)>> {
    static STORES: Mutex<Vec<(String, Weak<Store>)>> = Mutex::new(Vec::new());
    STORES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Clears every namespace whose name begins with its own.
#[derive(Debug, Default)]
pub struct ClearsNeighbours {
    namespace: String,
}

impl Fault for ClearsNeighbours {
    fn rule(&self) -> &'static str {
        "namespaces"
    }

    fn open(
        &mut self,
        config: &OpenConfig,
        known: &[&str],
        store: &Arc<Store>,
    ) -> Result<(), OpenError> {
        config.options.only(known)?;
        self.namespace.clone_from(&config.namespace);
        stores().push((self.namespace.clone(), Arc::downgrade(store)));
        Ok(())
    }

    fn clear(&self, _store: &Store) {
        let mut stores = stores();
        stores.retain(|(_, store)| store.strong_count() > 0);
        for (_, store) in stores.iter().filter(|(name, _)| name.starts_with(&self.namespace)) {
            if let Some(store) = store.upgrade() {
                store.clear();
            }
        }
    }
}
