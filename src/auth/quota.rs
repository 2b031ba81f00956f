//! What one token may ask at a time, and in a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What all tokens may ask.
#[derive(Clone, Copy, Debug)]
pub struct TokenLimits {
    /// Requests in flight.
    pub in_flight: u32,
    /// Requests a second, with a burst of as many; none for no limit.
    pub rate: Option<u32>,
}

/// Counts the requests of all tokens.
#[derive(Clone, Debug)]
pub(super) struct Quotas {
    limits: TokenLimits,
    /// By token.
    used: Arc<Mutex<HashMap<i64, Used>>>,
}

#[derive(Debug, Default)]
struct Used {
    in_flight: u32,
    /// Where the rate allows the next request but a burst, in microseconds: each request pushes
    /// it on by its share of a second (the "generic cell rate algorithm").
    due: i64,
}

/// One of a token's requests, until it is dropped.
#[derive(Debug)]
pub struct InFlight {
    token: i64,
    quotas: Quotas,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut used = self.quotas.used();
        if let Some(used) = used.get_mut(&self.token) {
            used.in_flight = used.in_flight.saturating_sub(1);
        }
    }
}

impl Quotas {
    pub(super) fn new(limits: TokenLimits) -> Self {
        Self {
            limits,
            used: Arc::default(),
        }
    }

    /// Counts a request, or returns how many seconds its client should wait, and why.
    pub(super) fn admit(&self, token: i64, now: i64) -> Result<InFlight, (u64, String)> {
        let TokenLimits { in_flight, rate } = self.limits;
        let mut used = self.used();
        let used = used.entry(token).or_default();
        if used.in_flight >= in_flight {
            let reason = format!(
                "{in_flight} requests with this token are being answered, which is the most at a time (--token-in-flight)"
            );
            return Err((1, reason));
        }
        if let Some(rate) = rate {
            let (second, share) = (1_000_000, 1_000_000 / i64::from(rate.max(1)));
            let due = used.due.max(now);
            let wait = due + share - second - now;
            if wait > 0 {
                let reason =
                    format!("more than {rate} requests in a second with this token (--token-rate)");
                let seconds = u64::try_from(wait).unwrap_or_default().div_ceil(1_000_000);
                return Err((seconds, reason));
            }
            used.due = due + share;
        }
        used.in_flight += 1;
        Ok(InFlight {
            token,
            quotas: self.clone(),
        })
    }

    fn used(&self) -> std::sync::MutexGuard<'_, HashMap<i64, Used>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quotas(in_flight: u32, rate: Option<u32>) -> Quotas {
        Quotas::new(TokenLimits { in_flight, rate })
    }

    #[test]
    fn so_many_are_in_flight_and_no_more() {
        let quotas = quotas(2, None);
        let (one, _two) = (quotas.admit(1, 0).unwrap(), quotas.admit(1, 0).unwrap());
        assert!(quotas.admit(1, 0).is_err());
        assert!(quotas.admit(2, 0).is_ok());
        drop(one);
        assert!(quotas.admit(1, 0).is_ok());
    }

    #[test]
    fn a_rate_allows_a_burst_and_then_its_share() {
        let quotas = quotas(100, Some(4));
        for _ in 0..4 {
            quotas.admit(1, 0).unwrap();
        }
        assert_eq!(quotas.admit(1, 0).unwrap_err().0, 1);
        assert!(quotas.admit(1, 249_999).is_err());
        assert!(quotas.admit(1, 250_000).is_ok());
        assert!(quotas.admit(1, 250_000).is_err());
        // what was not used is not saved up for more than a second
        for _ in 0..4 {
            quotas.admit(1, 60_000_000).unwrap();
        }
        assert!(quotas.admit(1, 60_000_000).is_err());
    }
}
