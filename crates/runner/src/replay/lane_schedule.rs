//! Schedule of a replay in lanes: requests of one lane in order, all lanes within one window.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use bakeoff_compiled::RequestColumns;
use bakeoff_protocol::Lanes;
use bakeoff_strategy::Key;

use super::async_request;
use super::request_range::RequestRange;

/// Requests that wait for their lane, and the window of requests that may overlap.
///
/// The lane of a request is a hash of its key, so requests of one key are never reordered. A
/// multi-get is split: each lane sends its own keys of the multi-get together.
#[derive(Debug)]
pub(super) struct LaneSchedule {
    range: RequestRange,
    /// Maximum number of requests from the oldest unfinished one to the newest one in a queue.
    window: usize,
    /// Position of the next request to put into the queue of its lane.
    next: u64,
    /// Position of the oldest unfinished request, or `next`.
    oldest: u64,
    /// One flag per request from `oldest` to `next`.
    finished: VecDeque<bool>,
    lanes: Vec<Lane>,
}

#[derive(Debug, Default)]
struct Lane {
    queue: VecDeque<QueuedRequest>,
    /// Task of the lane, if its queue was empty at the last poll.
    waiting: Option<Waker>,
}

#[derive(Clone, Copy, Debug)]
struct QueuedRequest {
    position: u64,
    /// Position of the first request of the same multi-get, or `position`.
    first: u64,
}

impl LaneSchedule {
    pub(super) fn new(range: RequestRange, lanes: Lanes) -> Self {
        Self {
            range,
            window: lanes.window.max(1) as usize,
            next: 0,
            oldest: 0,
            finished: VecDeque::new(),
            lanes: (0..lanes.count.max(1)).map(|_| Lane::default()).collect(),
        }
    }

    /// Marks the requests in `batch` as finished and replaces them by the next ones of a lane.
    ///
    /// Ready with an empty batch after the last request of the lane.
    pub(super) fn poll_next(
        &mut self,
        columns: &RequestColumns<'_>,
        lane: usize,
        batch: &mut Vec<u64>,
        task: &Context<'_>,
    ) -> Poll<()> {
        for position in batch.drain(..) {
            self.finished[(position - self.oldest) as usize] = true;
        }
        while self.finished.front() == Some(&true) {
            self.finished.pop_front();
            self.oldest += 1;
        }
        self.fill_queues(columns);
        let lane = &mut self.lanes[lane];
        let Some(&QueuedRequest { first, .. }) = lane.queue.front() else {
            if self.next == self.range.length() {
                return Poll::Ready(());
            }
            lane.waiting = Some(task.waker().clone());
            return Poll::Pending;
        };
        while let Some(queued) = lane.queue.pop_front_if(|queued| queued.first == first) {
            batch.push(queued.position);
        }
        Poll::Ready(())
    }

    /// Puts requests into the queues of their lanes until the window is full.
    fn fill_queues(&mut self, columns: &RequestColumns<'_>) {
        let length = self.range.length();
        if self.next == length {
            return;
        }
        while self.next < length && self.finished.len() < self.window {
            let first = self.next;
            for index in async_request::next_indices(columns, self.range, first) {
                let key = Key::from_id(u64::from(columns.ids()[index]));
                let lane = (key.0 % self.lanes.len() as u64) as usize;
                let lane = &mut self.lanes[lane];
                lane.queue.push_back(QueuedRequest { position: self.next, first });
                self.finished.push_back(false);
                self.next += 1;
                if let Some(task) = lane.waiting.take() {
                    task.wake();
                }
            }
        }
        if self.next == length {
            for task in self.lanes.iter_mut().filter_map(|lane| lane.waiting.take()) {
                task.wake();
            }
        }
    }
}
