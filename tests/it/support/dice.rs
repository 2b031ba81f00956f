use uuid::Uuid;

/// Numbers that nobody can foresee, but that come again from the same seed.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice of a new seed, which a failing test shows, or of `VESTIBULE_TEST_SEED`.
    ///
    /// The seed brings the same requests and moments back, not how the machine ran them.
    pub(crate) fn new() -> Self {
        let said = std::env::var("VESTIBULE_TEST_SEED").ok();
        let seed = said.map_or_else(
            || Uuid::new_v4().as_u64_pair().0,
            |it| it.parse().expect("VESTIBULE_TEST_SEED is a number"),
        );
        eprintln!("VESTIBULE_TEST_SEED={seed}");
        Self(seed)
    }

    /// Further dice, that fall in a way of their own.
    pub(crate) fn split(&mut self) -> Self {
        Self(self.next())
    }

    /// Returns a number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).expect("a usize has 64 bits at most");
        usize::try_from(self.next() % limit).expect("it is below a usize")
    }

    // SplitMix64
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// How often a fault is repeated: `usual`, or what `VESTIBULE_TEST_KILLS` says.
pub(crate) fn kills(usual: usize) -> usize {
    let said = std::env::var("VESTIBULE_TEST_KILLS").ok();
    said.map_or(usual, |it| {
        it.parse().expect("VESTIBULE_TEST_KILLS is a number")
    })
}
