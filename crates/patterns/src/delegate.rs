//! Macros that delegate methods of a layer to the strategy or origin it wraps.

/// Implements methods of `Strategy` by calling the strategy in the field `inner`.
///
/// The layer must have the same error type. `server_capacity` needs a constant `OPTIONS` with the
/// layer's own options and a type parameter `S`.
macro_rules! delegate {
    ($($method:ident),+ $(,)?) => { $(delegate!(@$method);)+ };
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
        ) -> impl Future<Output = Result<(), ::bakeoff_strategy::RequestError<Self::Error>>> + Send
        {
            self.inner.write(key, value, options, origin)
        }
    };
    (@server_capacity) => {
        fn server_capacity(
            capacity_entries: u64,
            options: &::bakeoff_strategy::Options,
        ) -> Result<u64, ::bakeoff_strategy::OpenError> {
            S::server_capacity(capacity_entries, &crate::options::without(options, OPTIONS))
        }
    };
}

/// Implements methods of `Origin` by calling the origin in the field `origin`.
///
/// `detach` returns a handle to the wrapped origin, without the layer: a spawned task has to do
/// itself what the layer does for a request.
macro_rules! delegate_origin {
    (detach, store) => {
        const MODE: ::bakeoff_strategy::ExecutionMode = O::MODE;
        type Detached = O::Detached;

        fn detach(&self) -> O::Detached {
            self.origin.detach()
        }

        delegate_origin!(store);
    };
    (store) => {
        fn store(
            &self,
            key: ::bakeoff_strategy::Key,
            value: ::bakeoff_strategy::Value,
        ) -> impl Future<Output = Result<(), ::bakeoff_strategy::OriginError>> + Send {
            self.origin.store(key, value)
        }
    };
}

/// Implements methods of `Strategy` by calls of the inner strategy with versioned keys.
///
/// They pass `self.versioned_key(key)` to the strategy in the field `inner`, and the original key
/// to the origin.
macro_rules! delegate_versioned {
    () => {
        fn get(
            &self,
            key: ::bakeoff_strategy::Key,
        ) -> impl Future<Output = Result<Option<::bakeoff_strategy::Value>, Self::Error>> + Send {
            self.inner.get(self.versioned_key(key))
        }

        fn put(
            &self,
            key: ::bakeoff_strategy::Key,
            value: ::bakeoff_strategy::Value,
            options: ::bakeoff_strategy::PutOptions,
        ) -> impl Future<Output = Result<(), Self::Error>> + Send {
            self.inner.put(self.versioned_key(key), value, options)
        }

        async fn read<O: ::bakeoff_strategy::Origin>(
            &self,
            key: ::bakeoff_strategy::Key,
            origin: &O,
        ) -> Result<::bakeoff_strategy::Read, ::bakeoff_strategy::RequestError<Self::Error>> {
            let origin = $crate::invalidation::versioned_keys::UnversionedOrigin { origin, key };
            self.inner.read(self.versioned_key(key), &origin).await
        }

        async fn write<O: ::bakeoff_strategy::Origin>(
            &self,
            key: ::bakeoff_strategy::Key,
            value: ::bakeoff_strategy::Value,
            options: ::bakeoff_strategy::PutOptions,
            origin: &O,
        ) -> Result<(), ::bakeoff_strategy::RequestError<Self::Error>> {
            let origin = $crate::invalidation::versioned_keys::UnversionedOrigin { origin, key };
            self.inner.write(self.versioned_key(key), value, options, &origin).await
        }
    };
}
