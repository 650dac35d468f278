//! Which way a parameter is safer, and what a change of it does to a margin.

/// Which way a parameter is tighter: safer for the protocol without taking anything from users at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Tighter when it rises.
    Rises,
    /// Tighter when it falls.
    Falls,
    /// Either way somebody may lose: governance only.
    NoSide,
    /// Never changes once it is set.
    Fixed,
}

/// Effect of a parameter's change on the requirements of an account whose size and prices stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// No requirement depends on it.
    None,
    /// On IM at once; MM does not depend on it.
    Initial,
    /// On IM at once, on MM through the speed limit of u_MM.
    SpeedLimit,
    /// On IM at once, on MM by a ramp.
    Ramp,
    /// On both by what is traded from then on, at the pace of a ramp.
    Turnover,
    /// On IM at once, on MM and its equity by at most one point per hour.
    CollateralWeight,
    /// On both at once, so refused where a scenario would ask for more
    /// ([`check_bucket_change`](super::check_bucket_change)).
    Bucket,
}

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name in its struct.
    pub name: &'static str,
    /// Which way it is tighter.
    pub direction: Direction,
    /// Its effect on a margin.
    pub effect: Effect,
}

/// Fields of one parameter struct: bit i stands for entry i of its [`Directed::FIELDS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldSet(u64);

impl FieldSet {
    /// Whether it holds no field.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The field of this name in `fields`; none if there is no such field.
    pub(super) const fn named(fields: &[Field], name: &str) -> Self {
        const fn same(one: &[u8], other: &[u8]) -> bool {
            match (one, other) {
                ([], []) => true,
                ([a, one @ ..], [b, other @ ..]) => *a == *b && same(one, other),
                _ => false,
            }
        }
        let (mut rest, mut bit) = (fields, 1u64);
        while let [field, after @ ..] = rest {
            if same(field.name.as_bytes(), name.as_bytes()) {
                return Self(bit);
            }
            rest = after;
            bit <<= 1;
        }
        Self(0)
    }

    /// The entries of `fields` that it holds.
    pub fn within(self, fields: &'static [Field]) -> impl Iterator<Item = &'static Field> {
        (0..64)
            .zip(fields)
            .filter(move |(position, _)| self.0 >> position & 1 == 1)
            .map(|(_, field)| field)
    }
}

/// How two values of one parameter struct differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Fields that are tighter now.
    pub tighter: FieldSet,
    /// Fields that are looser now.
    pub looser: FieldSet,
    /// Changed fields without a tight side.
    pub sideless: FieldSet,
    /// Changed fields that never may.
    pub fixed: FieldSet,
}

impl Changes {
    /// Nothing but tighter fields: what the risk manager may do without delay. Also true of no change.
    pub const fn only_tighter(&self) -> bool {
        self.looser.is_empty() && self.sideless.is_empty() && self.fixed.is_empty()
    }

    /// The same with a field without a tight side counted as tighter, because another one carries it.
    pub(super) const fn carried(mut self, field: FieldSet) -> Self {
        let held = self.sideless.0 & field.0;
        self.sideless.0 &= !held;
        self.tighter.0 |= held;
        self
    }

    /// Whether nothing changed.
    pub const fn is_empty(&self) -> bool {
        self.only_tighter() && self.tighter.is_empty()
    }
}

/// A parameter struct whose every field has a direction.
pub trait Directed {
    /// Its fields, at most 64.
    const FIELDS: &'static [Field];

    /// How `new` differs from `old`.
    fn compare(old: &Self, new: &Self) -> Changes;
}

/// Which ways a field moves.
#[derive(Clone, Copy)]
pub(super) struct MovedSides {
    pub tighter: bool,
    pub looser: bool,
}

/// Compares fields one after the other, in the order of the table.
pub(super) struct Comparison {
    changes: Changes,
    bit: u64,
}

impl Comparison {
    pub const fn new(fields: &'static [Field]) -> Self {
        assert!(fields.len() <= 64, "one bit each"); // evaluated when compiling
        const NONE: FieldSet = FieldSet(0);
        Self {
            changes: Changes {
                tighter: NONE,
                looser: NONE,
                sideless: NONE,
                fixed: NONE,
            },
            bit: 1,
        }
    }

    /// The next field.
    pub fn field<T: PartialOrd>(&mut self, direction: Direction, old: T, new: T) {
        let (rises, falls) = (new > old, new < old);
        match direction {
            Direction::Rises => self.sided(MovedSides {
                tighter: rises,
                looser: falls,
            }),
            Direction::Falls => self.sided(MovedSides {
                tighter: falls,
                looser: rises,
            }),
            Direction::NoSide if rises || falls => self.changes.sideless.0 |= self.bit,
            Direction::Fixed if rises || falls => self.changes.fixed.0 |= self.bit,
            Direction::NoSide | Direction::Fixed => {}
        }
        self.bit <<= 1;
    }

    /// The next field, one that may be tighter for some and looser for others.
    pub fn two_sided(&mut self, moved: MovedSides) {
        self.sided(moved);
        self.bit <<= 1;
    }

    pub const fn changes(self) -> Changes {
        self.changes
    }

    fn sided(&mut self, moved: MovedSides) {
        if moved.tighter {
            self.changes.tighter.0 |= self.bit;
        }
        if moved.looser {
            self.changes.looser.0 |= self.bit;
        }
    }
}
