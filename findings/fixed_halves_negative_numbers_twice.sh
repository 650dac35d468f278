#!/bin/sh
# fixed 1.31.0 (Rust): of a negative number, x * 0.5 and x / 2 differ by a bit: a product is rounded down, a quotient
# towards zero. An I80F48 of -1 bit times a half is -1 bit, over two it is 0; three bits: -2 and -1. Positive numbers
# give the same both ways.
#
# Why it matters: programs that keep balances in I80F48 round a debt up where they multiply by an inverse and down where
# they divide, against the pool or for it by the sign alone. Our arithmetic has a function for each direction and names
# it.
#
# Needs: cargo, a crate registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init --quiet --vcs none --name finding
cargo add --quiet fixed@=1.31.0
cat > src/main.rs <<'END'
use fixed::types::I80F48;

fn main() {
    let (half, two) = (I80F48::from_num(0.5), I80F48::from_num(2));
    for bits in [1, 3, -1, -3] {
        let x = I80F48::from_bits(bits);
        println!("{bits} bits: times a half {}, over two {}", (x * half).to_bits(), (x / two).to_bits());
    }
}
END
cat > expected <<'END'
1 bits: times a half 0, over two 0
3 bits: times a half 1, over two 1
-1 bits: times a half -1, over two 0
-3 bits: times a half -2, over two -1
END
cargo run --quiet > seen
cat seen
diff expected seen
