//! The methods that a layer leaves as they are.

/// Writes methods of `Strategy` that do what the strategy in the field `inner` does, for a layer
/// with the same error.
macro_rules! forward {
    ($($method:ident),+ $(,)?) => { $(forward!(@$method);)+ };
    (@get) => {
        #[inline]
        fn get(
            &self,
            key: ::bakeoff_strategy::Key,
        ) -> impl Future<Output = Result<Option<::bakeoff_strategy::Value>, Self::Error>> + Send
        {
            self.inner.get(key)
        }
    };
    (@put) => {
        #[inline]
        fn put(
            &self,
            key: ::bakeoff_strategy::Key,
            value: ::bakeoff_strategy::Value,
            options: ::bakeoff_strategy::PutOptions,
        ) -> impl Future<Output = Result<(), Self::Error>> + Send {
            self.inner.put(key, value, options)
        }
    };
    (@remove) => {
        #[inline]
        fn remove(
            &self,
            key: ::bakeoff_strategy::Key,
        ) -> impl Future<Output = Result<(), Self::Error>> + Send {
            self.inner.remove(key)
        }
    };
    (@clear) => {
        fn clear(&self) -> impl Future<Output = Result<(), Self::Error>> + Send {
            self.inner.clear()
        }
    };
    (@len) => {
        fn len(&self) -> impl Future<Output = Result<u64, Self::Error>> + Send {
            self.inner.len()
        }
    };
    (@settle) => {
        fn settle(&self) -> impl Future<Output = Result<(), Self::Error>> + Send {
            self.inner.settle()
        }
    };
    (@snapshot) => {
        fn snapshot(
            &self,
        ) -> impl Future<Output = Result<::bakeoff_strategy::Snapshot, Self::Error>> + Send {
            self.inner.snapshot()
        }
    };
    (@close) => {
        fn close(&self) -> impl Future<Output = Result<(), Self::Error>> + Send {
            self.inner.close()
        }
    };
    (@get_many) => {
        fn get_many(
            &self,
            keys: &[::bakeoff_strategy::Key],
        ) -> impl Future<Output = Result<Vec<Option<::bakeoff_strategy::Value>>, Self::Error>> + Send
        {
            self.inner.get_many(keys)
        }
    };
    (@write) => {
        #[inline]
        fn write<O: ::bakeoff_strategy::Origin>(
            &self,
            key: ::bakeoff_strategy::Key,
            value: ::bakeoff_strategy::Value,
            options: ::bakeoff_strategy::PutOptions,
            origin: &O,
        ) -> impl Future<Output = Result<(), ::bakeoff_strategy::ReadError<Self::Error>>> + Send
        {
            self.inner.write(key, value, options, origin)
        }
    };
    (@service_entries) => {
        fn service_entries(
            capacity_entries: u64,
            options: &::bakeoff_strategy::Options,
        ) -> Result<u64, ::bakeoff_strategy::OpenError> {
            S::service_entries(capacity_entries, &crate::beneath::without(options, OPTIONS))
        }
    };
}
