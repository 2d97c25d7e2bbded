//! The methods that a layer, or its view of the origin, leaves as they are.

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
            S::server_capacity(capacity_entries, &crate::beneath::without(options, OPTIONS))
        }
    };
}

/// Writes methods of `Origin` that do what the origin in the field `origin` does. Whoever takes an
/// owned handle gets that origin's own, without the layer: a task of its own does for itself what
/// the layer does for a request.
macro_rules! forward_origin {
    (detach, store) => {
        const MODE: ::bakeoff_strategy::Mode = O::MODE;
        type Detached = O::Detached;

        fn detach(&self) -> O::Detached {
            self.origin.detach()
        }

        forward_origin!(store);
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

/// Writes the methods of `Strategy` that ask the strategy in the field `inner` for a key under the
/// name that `self.versioned` gives it, and the origin for the key itself.
macro_rules! forward_versioned {
    () => {
        fn get(
            &self,
            key: ::bakeoff_strategy::Key,
        ) -> impl Future<Output = Result<Option<::bakeoff_strategy::Value>, Self::Error>> + Send {
            self.inner.get(self.versioned(key))
        }

        fn put(
            &self,
            key: ::bakeoff_strategy::Key,
            value: ::bakeoff_strategy::Value,
            options: ::bakeoff_strategy::PutOptions,
        ) -> impl Future<Output = Result<(), Self::Error>> + Send {
            self.inner.put(self.versioned(key), value, options)
        }

        async fn read<O: ::bakeoff_strategy::Origin>(
            &self,
            key: ::bakeoff_strategy::Key,
            origin: &O,
        ) -> Result<::bakeoff_strategy::Read, ::bakeoff_strategy::RequestError<Self::Error>> {
            let origin = $crate::version_keys::Unversioned { origin, key };
            self.inner.read(self.versioned(key), &origin).await
        }

        async fn write<O: ::bakeoff_strategy::Origin>(
            &self,
            key: ::bakeoff_strategy::Key,
            value: ::bakeoff_strategy::Value,
            options: ::bakeoff_strategy::PutOptions,
            origin: &O,
        ) -> Result<(), ::bakeoff_strategy::RequestError<Self::Error>> {
            let origin = $crate::version_keys::Unversioned { origin, key };
            self.inner.write(self.versioned(key), value, options, &origin).await
        }
    };
}
