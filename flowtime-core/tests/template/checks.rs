//! What must hold of the default run of every shipped template, as data.

use flowtime_core::{GenerateOptions, RunOptions, Template};
use std::collections::{BTreeMap, VecDeque};

/// The series of a run.
#[derive(Clone)]
struct Series(BTreeMap<String, Vec<f64>>);

impl Series {
    fn of(template: &str) -> Series {
        let template = Template::shipped(template).unwrap();
        let model = template.generate(&[], &GenerateOptions::default()).unwrap().model;
        let plan = model.compile().unwrap();
        let ids: Vec<&str> = model.nodes().iter().map(|node| node.id()).collect();
        let run = plan.run(&RunOptions::new().keep(ids.iter().copied())).unwrap();
        Series(ids.iter().map(|id| ((*id).to_owned(), run.series(id).unwrap().to_vec())).collect())
    }

    fn get(&self, id: &str) -> &[f64] {
        &self.0[id]
    }

    fn sum(&self, id: &str) -> f64 {
        self.get(id).iter().sum()
    }

    fn last(&self, id: &str) -> f64 {
        self.get(id)[self.get(id).len() - 1]
    }

    fn mean(&self, id: &str) -> f64 {
        self.sum(id) / self.get(id).len() as f64
    }

    /// By how much the first of two series is above the second, at most.
    fn excess(&self, id: &str, limit: &str) -> f64 {
        self.get(id).iter().zip(self.get(limit)).map(|(x, most)| x - most).fold(f64::MIN, f64::max)
    }

    /// By how much a series is above a number, at most.
    fn above(&self, id: &str, most: f64) -> f64 {
        self.get(id).iter().fold(f64::MIN, |excess, x| excess.max(x - most))
    }

    /// By how much a series is below a number, at most.
    fn below(&self, id: &str, least: f64) -> f64 {
        self.get(id).iter().fold(f64::MIN, |excess, x| excess.max(least - x))
    }

    fn variance(&self, id: &str) -> f64 {
        let mean = self.mean(id);
        self.get(id).iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / self.get(id).len() as f64
    }

    /// Little's law, L = λW, as a relative error: the mean of `waiting` against what those who came waited,
    /// first come first served. Who is still there has waited until the end.
    fn little(&self, came: &str, went: &str, waiting: &str) -> f64 {
        let mut line: VecDeque<(usize, f64)> = VecDeque::new();
        let mut waited = 0.0;
        let bins = self.get(came).len();
        for bin in 0..bins {
            line.push_back((bin, self.get(came)[bin]));
            let mut leaving = self.get(went)[bin];
            while leaving > 1e-12
                && let Some((since, amount)) = line.front_mut()
            {
                let part = amount.min(leaving);
                waited += part * (bin - *since) as f64;
                leaving -= part;
                *amount -= part;
                if *amount <= 1e-12 {
                    line.pop_front();
                }
            }
        }
        waited += line.iter().map(|(since, amount)| amount * (bins - since) as f64).sum::<f64>();
        let (rate, mean_wait) = (self.sum(came) / bins as f64, waited / self.sum(came));
        (self.mean(waiting) / (rate * mean_wait) - 1.0).abs()
    }
}

/// Something that must hold.
struct Check {
    template: &'static str,
    claim: &'static str,
    /// A series without which it could not hold: another one in its place must be noticed.
    vital: &'static str,
    /// How far from holding it may be.
    tolerance: f64,
    /// How far from holding it is.
    off: fn(&Series) -> f64,
}

const FLOW: f64 = 1e-9;
const LITTLE: f64 = 0.01;

const fn check(
    template: &'static str,
    claim: &'static str,
    vital: &'static str,
    tolerance: f64,
    off: fn(&Series) -> f64,
) -> Check {
    Check { template, claim, vital, tolerance, off }
}

const CHECKS: &[Check] = &[
    check("checkout-service", "nobody is lost", "served", FLOW, |s| {
        (s.sum("arrivals") - s.sum("served") - s.last("line")).abs()
    }),
    check("checkout-service", "served is never above capacity", "served", FLOW, |s| {
        s.excess("served", "capacity")
    }),
    check("checkout-service", "Little's law", "line", LITTLE, |s| s.little("arrivals", "served", "line")),
    check("checkout-service", "a line means that all tills are busy", "served", FLOW, |s| {
        let idle = |bin: usize| {
            if s.get("line")[bin] > 0.0 { s.get("capacity")[bin] - s.get("served")[bin] } else { 0.0 }
        };
        (0..s.get("line").len()).map(idle).map(f64::abs).fold(0.0, f64::max)
    }),
    check("emergency-department", "nobody is lost", "arrivals", FLOW, |s| {
        let there = s.last("in_beds") + s.last("urgent_waiting") + s.last("minor_waiting");
        (s.sum("arrivals") - s.sum("discharged") - s.last("left_unseen") - there).abs()
    }),
    check("emergency-department", "no bed is used twice", "in_beds", FLOW, |s| s.excess("in_beds", "beds")),
    check(
        "emergency-department",
        "minor cases start only when no urgent one waits",
        "urgent_waiting",
        FLOW,
        |s| {
            let both = s.get("minor_started").iter().zip(s.get("urgent_waiting"));
            both.map(|(minor, urgent)| minor.min(*urgent)).fold(0.0, f64::max)
        },
    ),
    check("emergency-department", "a patient stays as long as was said", "in_beds", LITTLE, |s| {
        // Who was there an hour ago leaves at the rate 1 / stay.
        let before: f64 = s.sum("in_beds") - s.last("in_beds");
        (before / s.sum("discharged") / 3.8 - 1.0).abs()
    }),
    check("it-microservices", "what the gateway lets in is handled or waits", "handled", FLOW, |s| {
        (s.sum("admitted") - s.sum("handled") - s.last("service_queue")).abs() / s.sum("admitted")
    }),
    check("it-microservices", "every attempt is let in or rejected", "rejected", FLOW, |s| {
        (s.sum("requests") + s.sum("retries") - s.sum("admitted") - s.sum("rejected")).abs()
            / s.sum("requests")
    }),
    check("it-microservices", "the service handles no more than its instances can", "handled", FLOW, |s| {
        s.excess("handled", "service_capacity")
    }),
    check("it-microservices", "instances stay within their bounds", "instances", 0.0, |s| {
        s.above("instances", 10.0).max(s.below("instances", 4.0))
    }),
    check("it-microservices", "the database answers no more than it can", "answered", FLOW, |s| {
        s.excess("answered", "database_limit")
    }),
    check("it-microservices", "Little's law for the database", "database_queue", LITTLE, |s| {
        s.little("queries", "answered", "database_queue")
    }),
    check("manufacturing-line", "every order is packed or open", "packed", FLOW, |s| {
        (s.sum("orders") - s.sum("packed") - s.last("open_orders")).abs() / s.sum("orders")
    }),
    check("manufacturing-line", "buffers hold no more than their room", "at_press", FLOW, |s| {
        s.above("at_press", 700.0).max(s.above("at_packing", 650.0))
    }),
    check("manufacturing-line", "the press is never faster than it can be", "pressed", FLOW, |s| {
        s.excess("pressed", "press_capacity")
    }),
    check("manufacturing-line", "nothing waits below zero", "order_book", FLOW, |s| {
        ["order_book", "at_press", "at_packing", "cut", "pressed", "packed"]
            .iter()
            .map(|id| s.below(id, 0.0))
            .fold(f64::MIN, f64::max)
    }),
    check("manufacturing-line", "Little's law for open orders", "open_orders", LITTLE, |s| {
        s.little("orders", "packed", "open_orders")
    }),
    check("network-reliability", "what failed is repaired or down", "repaired", FLOW, |s| {
        (s.sum("failed") - s.sum("repaired") - s.last("down")).abs()
    }),
    check("network-reliability", "crews repair no more than they can", "repaired", FLOW, |s| {
        s.excess("repaired", "crew_capacity")
    }),
    check("network-reliability", "traffic is carried or lost, within capacity", "carried", FLOW, |s| {
        let whole = (s.sum("offered") - s.sum("carried") - s.sum("lost")).abs() / s.sum("offered");
        whole.max(s.excess("carried", "capacity"))
    }),
    check("network-reliability", "Little's law for links that are down", "down", LITTLE, |s| {
        s.little("failed", "repaired", "down")
    }),
    check("supply-chain", "goods come from the factory or were there", "sold", FLOW, |s| {
        let under_way: f64 =
            s.sum("made") - s.sum("warehouse_received") + s.sum("shipped") - s.sum("shop_received");
        let there = s.last("shop_stock") + s.last("warehouse_stock") + under_way;
        (500.0 + 1200.0 + s.sum("made") - s.sum("sold") - there).abs() / s.sum("made")
    }),
    check("supply-chain", "what is wanted is sold or owed", "sold", FLOW, |s| {
        (s.sum("demand") - s.sum("sold") - s.last("shop_owed")).abs() / s.sum("demand")
    }),
    check("supply-chain", "the factory makes no more than it can", "made", FLOW, |s| {
        s.excess("made", "factory_capacity")
    }),
    check("supply-chain", "no stock is below zero", "shop_stock", FLOW, |s| {
        s.below("shop_stock", 0.0).max(s.below("warehouse_stock", 0.0))
    }),
    check("supply-chain", "orders vary more than demand, tier by tier", "shop_order", 0.0, |s| {
        let (demand, shop) = (s.variance("demand"), s.variance("shop_order"));
        (demand - shop).max(shop - s.variance("warehouse_order"))
    }),
    check("transportation-hub", "who comes walks, waits or has left", "boarded", FLOW, |s| {
        let there = s.last("walking") + s.last("waiting");
        (s.sum("alighting") - s.sum("boarded") - there).abs() / s.sum("alighting")
    }),
    check("transportation-hub", "no bus takes more than its seats", "boarded", FLOW, |s| {
        s.excess("boarded", "bus")
    }),
    check("transportation-hub", "Little's law at the stop", "waiting", LITTLE, |s| {
        s.little("at_the_stop", "boarded", "waiting")
    }),
    check("transportation-hub", "a bus leaves nobody behind while it has seats", "boarded", FLOW, |s| {
        let free = |bin: usize| (s.get("bus")[bin] - s.get("boarded")[bin]).min(s.get("left_behind")[bin]);
        (0..s.get("bus").len()).map(free).fold(f64::MIN, f64::max)
    }),
];

#[test]
fn what_must_hold_of_default_runs_holds() {
    let mut failed = Vec::new();
    for id in Template::shipped_ids() {
        let checks: Vec<&Check> = CHECKS.iter().filter(|check| check.template == id).collect();
        assert!(checks.len() >= 3, "{id}");
        let series = Series::of(id);
        for check in checks {
            let off = (check.off)(&series);
            if off.is_nan() || off > check.tolerance {
                failed.push(format!("{id}: {}: off by {off}", check.claim));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(CHECKS.iter().all(|check| Template::shipped_ids().any(|id| id == check.template)));
}

#[test]
fn every_check_notices_when_it_does_not_hold() {
    for check in CHECKS {
        let series = Series::of(check.template);
        // Far too much, or nothing at all, or less than nothing.
        let noticed = [(3.0, 1000.0), (0.0, 0.0), (1.0, -5000.0)].iter().any(|(factor, more)| {
            let mut wrong = series.clone();
            wrong.0.get_mut(check.vital).unwrap().iter_mut().for_each(|x| *x = *x * factor + more);
            (check.off)(&wrong) > check.tolerance
        });
        assert!(noticed, "{}: {}", check.template, check.claim);
    }
}
