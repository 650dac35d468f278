//! Hard bounds of section 8, compiled in: no key can leave them.
//!
//! Each `check_bounds` answers with the first condition that fails. Bounds are inclusive.
