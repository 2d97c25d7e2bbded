//! Up to which cost of a miss the winner leads.

use bakeoff_protocol::results::Crossing;

use crate::number;
use crate::pairs::oriented::View;

/// What a miss costs at most where the winner is certain to lead.
pub struct Limit<'a> {
    /// In nanoseconds.
    pub miss_ns: f64,
    /// The same in words, with its interval where it has one.
    pub cost: String,
    /// Who may lead beyond it.
    pub rival: &'a str,
    /// Whether that one surely misses less; else nobody can tell which of the two does.
    pub is_overtaken: bool,
}

impl<'a> Limit<'a> {
    /// The limit that comes first as misses cost more.
    pub fn of(views: &'a [View]) -> Option<Self> {
        let overtaken = views.iter().filter_map(|view| {
            let crossing = view.pair.crossing.as_ref()?;
            let &Crossing { miss_ns, low_ns, high_ns, .. } = crossing;
            let cost = number::cost(miss_ns, low_ns, high_ns);
            let rival = view.rival.name;
            (crossing.below == view.variant.name).then_some(Self {
                miss_ns,
                cost,
                rival,
                is_overtaken: true,
            })
        });
        let open = views.iter().filter_map(|view| {
            let miss_ns = view.certain_up_to()?;
            let cost = number::duration(miss_ns / 1e9);
            Some(Self { miss_ns, cost, rival: view.rival.name, is_overtaken: false })
        });
        overtaken.chain(open).min_by(|a, b| a.miss_ns.total_cmp(&b.miss_ns))
    }
}
