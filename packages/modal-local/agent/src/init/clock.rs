//! What the agent must do at some moment. Alarms are not cancelled: whoever is woken looks whether it still matters.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    /// The exec's time is up.
    Timeout(u32),
    /// A stream whose process has ended may have fallen silent.
    Silence(u32, u8),
    /// A tree that outlived a first attempt to kill it.
    Kill(u32),
}

/// With so many alarms it is worth looking for those that nobody needs any more.
const MANY: usize = 1024;

#[derive(Default)]
pub struct Clock {
    alarms: BinaryHeap<Reverse<(Instant, Alarm)>>,
}

impl Clock {
    pub fn set(&mut self, after: Duration, alarm: Alarm) {
        self.alarms.push(Reverse((Instant::now() + after, alarm)));
    }

    pub fn take_due(&mut self, now: Instant) -> Option<Alarm> {
        match self.alarms.peek() {
            Some(Reverse((at, _))) if *at <= now => self.alarms.pop().map(|Reverse((_, alarm))| alarm),
            _ => None,
        }
    }

    /// Drops alarms that no longer matter once they may be the most: long time limits of short execs pile up.
    pub fn prune(&mut self, in_use: usize, matters: impl Fn(Alarm) -> bool) {
        if self.alarms.len() > MANY && self.alarms.len() > 8 * in_use {
            let alarms = std::mem::take(&mut self.alarms);
            self.alarms = alarms.into_iter().filter(|Reverse((_, alarm))| matters(*alarm)).collect();
        }
    }

    /// Milliseconds until the next alarm, rounded up; -1 when there is none.
    pub fn timeout(&self, now: Instant) -> i32 {
        self.alarms.peek().map_or(-1, |Reverse((at, _))| {
            let wait = at.saturating_duration_since(now).as_micros();
            i32::try_from((wait + 999) / 1000).unwrap_or(i32::MAX)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_come_due_in_order() {
        let mut clock = Clock::default();
        let now = Instant::now();
        assert_eq!(clock.timeout(now), -1);
        clock.set(Duration::from_millis(50), Alarm::Timeout(1));
        clock.set(Duration::from_millis(5), Alarm::Silence(2, 1));
        assert!(clock.timeout(now) <= 6);
        assert_eq!(clock.take_due(now), None);
        let later = now + Duration::from_secs(1);
        assert_eq!(clock.take_due(later), Some(Alarm::Silence(2, 1)));
        assert_eq!(clock.take_due(later), Some(Alarm::Timeout(1)));
        assert_eq!(clock.take_due(later), None);
    }

    #[test]
    fn alarms_of_forgotten_execs_do_not_pile_up() {
        let mut clock = Clock::default();
        (0..5000).for_each(|id| clock.set(Duration::from_secs(3600), Alarm::Timeout(id)));
        clock.prune(1000, |_| false);
        assert_eq!(clock.alarms.len(), 5000, "a thousand may have five alarms each");
        clock.prune(10, |alarm| alarm == Alarm::Timeout(7));
        assert_eq!(clock.alarms.len(), 1);
    }
}
