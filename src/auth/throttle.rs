//! Failed authentications by address: who fails too often is told to wait.
//!
//! # Why
//! A token has 238 bits, so guessing is hopeless, and looking a token up is cheap: what is held
//! back is the noise. A good token is let in from any address, or one wrong configuration behind
//! a shared address would stop everybody's provisioning.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// Failures are counted for so many microseconds.
const WINDOW: i64 = 60_000_000;
/// More addresses than these are not remembered; the oldest counts end first.
const MOST_ADDRESSES: usize = 10_000;

/// Counts failures.
#[derive(Debug)]
pub(super) struct Throttle {
    /// Failures per address and minute.
    limit: u32,
    /// When an address's count began, and how far it has come.
    counts: Mutex<HashMap<IpAddr, (i64, u32)>>,
}

impl Throttle {
    pub(super) fn new(limit: u32) -> Self {
        Self {
            limit,
            counts: Mutex::default(),
        }
    }

    /// Returns how many seconds an address has to wait, if it has failed too often.
    pub(super) fn wait(&self, address: IpAddr, now: i64) -> Option<u64> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let (begun, count) = counts.get(&network(address))?;
        let left = begun + WINDOW - now;
        (*count >= self.limit && (1..=WINDOW).contains(&left))
            .then(|| u64::try_from(left).unwrap_or_default().div_ceil(1_000_000))
    }

    /// Counts a failure.
    pub(super) fn failed(&self, address: IpAddr, now: i64) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |begun: i64| !(0..WINDOW).contains(&(now - begun));
        if counts.len() >= MOST_ADDRESSES {
            counts.retain(|_, (begun, _)| !is_over(*begun));
            if counts.len() >= MOST_ADDRESSES {
                counts.clear();
            }
        }
        let count = counts.entry(network(address)).or_insert((now, 0));
        if is_over(count.0) {
            *count = (now, 0);
        }
        count.1 = count.1.saturating_add(1);
    }
}

/// What one client can choose its address from: all of a /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fails_too_often_waits_until_the_minute_is_over() {
        let throttle = Throttle::new(2);
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        throttle.failed(one, 0);
        assert_eq!(throttle.wait(one, 1), None);
        throttle.failed(one, 10_000_000);
        assert_eq!(throttle.wait(one, 10_000_001), Some(50));
        assert_eq!(throttle.wait(other, 10_000_001), None);
        assert_eq!(throttle.wait(one, WINDOW), None);
        throttle.failed(one, WINDOW);
        assert_eq!(throttle.wait(one, WINDOW + 1), None);
    }

    #[test]
    fn all_of_a_network_is_one_client() {
        let throttle = Throttle::new(1);
        throttle.failed("2001:db8::1".parse().unwrap(), 0);
        assert!(throttle.wait("2001:db8::2".parse().unwrap(), 1).is_some());
        assert!(
            throttle
                .wait("2001:db8:0:1::1".parse().unwrap(), 1)
                .is_none()
        );
        throttle.failed("::ffff:192.0.2.1".parse().unwrap(), 0);
        assert!(throttle.wait("192.0.2.1".parse().unwrap(), 1).is_some());
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::new(1);
        for n in 0..100_000_u32 {
            throttle.failed(IpAddr::from(n.to_be_bytes()), 0);
        }
        assert!(throttle.counts.lock().unwrap().len() <= MOST_ADDRESSES);
    }
}
