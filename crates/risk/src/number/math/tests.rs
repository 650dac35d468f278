use core::cmp::Ordering;

use super::*;

/// (a, b, ⌊|ln(a'/b')| · 2^64⌋) for the 64-bit floats a', b' nearest to a, b; by mpmath, 600 bits.
#[rustfmt::skip]
const LN_POINTS: &[(u128, u128, u128)] = &[
    (1, 1, 0),
    (2, 1, 12786308645202655659),
    (1, 2, 12786308645202655659),
    (3, 2, 7479511080090283978),
    (100000000000000, 100000000000000, 0),
    (101, 100, 183551206697127638),
    (80, 101, 4299823189489029679),
    (100000000000001, 100000000000000, 184467),
    (99999999999999, 100000000000000, 184467),
    (1250000000, 1000000000, 4116271982791902040),
    (1414213562373095049, 1000000000000000000, 6393154322601327832),
    (1414213562373095048, 1000000000000000000, 6393154322601327819),
    (707106781186547524, 1000000000000000000, 6393154322601327840),
    (340282366920938463463374607431768211455, 1, 1636647506585939924452),
    (1, 340282366920938463463374607431768211455, 1636647506585939924452),
    (170141183460469231731687303715884105728, 170141183460469231727075617697456717824, 0),
    (18446744073709551615, 9223372036854775808, 12786308645202655658),
    (9223372036854775808, 18446744073709551615, 12786308645202655658),
    (1030000000, 1000000000, 545263660075161821),
    (990000000, 1000000000, 185395973344368338),
    (1040000000, 1000000000, 723494457926954012),
    (5, 7, 6206817236860157591),
    (7, 5, 6206817236860157591),
    (347834519017442789, 209985720648086041, 9309837739311195890),
    (440918277, 566717100, 4630145528880580009),
    (10050800261000005807599322229, 6880479199150848360709923185, 6990651159963701429),
    (9077086689419085042843, 12813651443409719661522, 6359659451282660053),
    (110978213, 108692287, 383933337306613942),
    (75085238249463423811931043509, 101505093742643228016295197849, 5561416705105613103),
    (65515371, 111076645, 9738694222487985189),
    (57078437271, 42977602957, 5234213747740777022),
    (8082523955025838403967560249, 5830008983052943305767284265, 6026286637747960571),
    (3721169035779818857642488681, 6237692488987362391368094496, 9529079683144261234),
    (1606989542368017631256496003280951, 3151544034563856330524205735160158, 12424434120393552850),
    (97223837232243584259240063, 143230744242518131081961387, 7147025072099146956),
    (59922893843994609581, 61372625013403965958, 440974137182167615),
    (616782763, 964188292, 8241446743378650387),
    (4139764760356646177, 2720643758994260997, 7743397814547211869),
    (15083636669, 18621643249, 3886987744552334122),
    (270296337379, 523018718322, 12176665339425009568),
    (410475859, 481803287, 2955515090506292520),
    (3229825567175925903, 5637064524563842123, 10273643384522988517),
    (28294353335790299935441, 78576934455795090807109, 18841798541990076232),
    (98134545, 4173837620215951059079574866099, 961159090326678397927),
    (58304930722467064529071, 17351903399058517767, 149782760880736015434),
    (369270022812898827416105, 231385943391605626713854, 8622765946197107106),
    (40453301529281, 41737645349328, 576557183519105133),
    (1031483198300214347677, 884258443051193062693, 2840866240184501737),
];

/// (x · 2^64, ⌊2^x · 2^62⌋) by mpmath, 600 bits.
#[rustfmt::skip]
const EXP2_POINTS: &[(u64, u64)] = &[
    (0, 4611686018427387904),
    (1, 4611686018427387904),
    (4294967296, 4611686019171649022),
    (288230376151711744, 4661903986662671289),
    (576460752303423487, 4712668792719003883),
    (576460752303423488, 4712668792719003883),
    (576460752303423489, 4712668792719003883),
    (9223372036854775807, 6521908912666391105),
    (9223372036854775808, 6521908912666391106),
    (9223372036854775809, 6521908912666391106),
    (17870283321406128127, 9025734193507008924),
    (17870283321406128128, 9025734193507008925),
    (18446744073709551614, 9223372036854775807),
    (18446744073709551615, 9223372036854775807),
    (7409028826178384386, 6092095465084144988),
    (5125227353335142417, 5591104941042851595),
    (2525841537240494425, 5070824824011362932),
    (7941722669324194521, 6215265154560279415),
    (10149759373500356105, 6752931157906066671),
    (13030719370379565645, 7524996988716846108),
    (18197105775792414541, 9137258512654684266),
    (12594017446938570048, 7402524425958612960),
    (7017903211715130885, 6003216038916242329),
    (4256614131218374493, 5411564741973260082),
    (1530797443831218365, 4884730566420296945),
    (2790962645545294576, 5121593248616380549),
    (12147488615959725686, 7279356745017085104),
    (222524240882821610, 4650408192678076179),
    (15330970212801873023, 8204343253446185277),
    (3363632360838974559, 5232996041697134813),
    (5200704002102353093, 5606984264068124336),
    (2687255131821197145, 5101673900311653972),
    (9861462621012628463, 6680172011335677924),
    (11249053948684232429, 7037713228033328065),
    (5877348101999279377, 5751371268402204548),
    (2314909749398616512, 5030792902853685566),
    (15849478474046910765, 8365757864535363266),
    (17528538041507331862, 8910573217038176105),
    (12081998651343933172, 7261465554246333045),
    (13646619911422440155, 7701177451509130500),
    (8423589877497625189, 6328826484231996260),
    (16066735933869247375, 8434331887780669766),
    (17559201480616711313, 8920845866393962466),
    (12554394739465525395, 7391511404713415897),
    (10316742655098317219, 6795435593545672114),
    (7343088558111125923, 6077019496528685511),
    (7270231112342010372, 6060405429051246888),
    (8882528225872406572, 6438912799235612837),
];

/// (price, r · 2^60, sign, ⌊price · e^r⌋) by mpmath, 600 bits.
#[rustfmt::skip]
const EXP_POINTS: &[(u128, u64, Ordering, u128)] = &[
    (101000000000000, 184467440737095516, Ordering::Less, 86066522685587),
    (101000000000000, 184467440737095516, Ordering::Greater, 118524597970172),
    (1000000000000, 257266998924493928, Ordering::Greater, 1250000000000),
    (1000000000000, 257266998924493928, Ordering::Less, 799999999999),
    (1, 807045053224792883, Ordering::Greater, 2),
    (3000000000000000000000000000000, 5764607523034234, Ordering::Less, 2985037437578046942336107127337),
    (5000, 799144290325165978, Ordering::Greater, 9999),
    (90000000000000000, 799144290325165978, Ordering::Less, 45000000000000000),
    (70000000000000000, 4035225266123964416, Ordering::Less, 2113816839562295),
    (70000000000000000, 18331451923248866918, Ordering::Greater, 562833970983096418475779),
];

/// 2^-57 in units of 2^-64: how wide an [`Enclosure`] of a logarithm may be.
const LN_WIDTH: u128 = 128;

fn scaled(value: u128) -> Scaled {
    Scaled::from_u128(value).unwrap()
}

#[test]
fn ln_ratio_encloses_the_exact_value_within_its_stated_width() {
    for &(a, b, exact) in LN_POINTS {
        let LnRatio {
            order,
            magnitude: ln,
        } = ln_ratio(scaled(a), scaled(b));
        assert!(ln.lower() <= exact, "{a} {b}");
        assert!(
            ln.upper() > exact || (exact == 0 && ln.upper() == 0),
            "{a} {b}"
        );
        assert!(ln.upper() - ln.lower() <= LN_WIDTH, "{a} {b}");
        if exact != 0 {
            assert_eq!(order, a.cmp(&b), "{a} {b}");
        }
    }
}

#[test]
fn ln_ratio_is_antisymmetric_and_zero_only_at_equality() {
    for &(a, b, _) in LN_POINTS {
        let LnRatio {
            order: forth,
            magnitude: ln,
        } = ln_ratio(scaled(a), scaled(b));
        let LnRatio {
            order: back,
            magnitude: ln_back,
        } = ln_ratio(scaled(b), scaled(a));
        assert_eq!((forth, ln), (back.reverse(), ln_back), "{a} {b}");
    }
    assert_eq!(
        ln_ratio(scaled(7), scaled(7)),
        LnRatio {
            order: Ordering::Equal,
            magnitude: Enclosure::default(),
        }
    );
    let LnRatio {
        order,
        magnitude: ln,
    } = ln_ratio(scaled((1 << 63) + 1), scaled(1 << 63));
    assert_eq!(order, Ordering::Greater);
    assert!(ln.upper() > 2); // ln(1 + 2^-63) is 2 units less a bit
}

#[test]
fn ln_ratio_spans_the_exponents_of_stored_parts() {
    let largest = Scaled::from_parts(u64::MAX, i16::MAX).unwrap();
    let smallest = Scaled::from_parts(1 << 63, i16::MIN).unwrap();
    let LnRatio {
        order,
        magnitude: ln,
    } = ln_ratio(largest, smallest);
    assert_eq!(order, Ordering::Greater);
    // 65,536 · ln 2 = 45,426.09…, less 2^-64
    assert_eq!((ln.lower() >> 64, ln.upper() >> 64), (45_426, 45_426));
}

#[test]
fn log2_ratio_encloses_known_logarithms() {
    // log2 1.03 · 2^64 and log2(1/0.99) · 2^64 by mpmath
    for (a, b, exact) in [
        (1_030_000_000, 1_000_000_000, 786_649_178_367_401_428),
        (1_000_000_000, 990_000_000, 267_469_851_344_702_650_u128),
    ] {
        let log = log2_ratio(a, b).unwrap();
        assert!(log.lower() <= exact && exact < log.upper(), "{a} {b}");
        assert!(log.upper() - log.lower() <= 2 * LN_WIDTH, "{a} {b}");
    }
    assert_eq!(log2_ratio(5, 5), Ok(Enclosure::default()));
    assert_eq!(log2_ratio(4, 5), Err(RiskError::Overflow));
    assert_eq!(log2_ratio(4, 0), Err(RiskError::Overflow));
    let octave = log2_ratio(2, 1).unwrap();
    assert!(octave.lower() <= 1 << 64 && octave.upper() >= 1 << 64);
}

#[test]
fn exp2_fraction_encloses_the_exact_value_within_its_stated_width() {
    for &(fraction, exact) in EXP2_POINTS {
        let power = exp2_fraction(fraction);
        assert!(power.lower() <= exact, "{fraction}");
        assert!(power.upper() > exact || fraction == 0, "{fraction}");
        assert!(power.upper() - power.lower() <= 5, "{fraction}"); // 5 · 2^-62 < 2^-59.6
    }
    assert_eq!(
        exp2_fraction(0),
        Enclosure {
            lower: 1 << 62,
            upper: 1 << 62
        }
    );
}

#[test]
fn exp2_fraction_never_falls_by_more_than_its_error() {
    let mut last = exp2_fraction(0);
    for step in 1..4_096u64 {
        let next = exp2_fraction(step << 52);
        assert!(next.lower() > last.upper(), "{step}");
        last = next;
    }
    assert!(last.upper() < 1 << 63);
}

#[test]
fn scaling_by_powers_of_two_is_exact_at_whole_exponents() {
    for whole in 0..62u32 {
        let exponent = u128::from(whole) << 64;
        assert_eq!(scale_exp2_ceil(3, exponent), 3u64 << whole, "{whole}");
        assert_eq!(
            scale_exp2_neg_ceil(3 << 61, exponent),
            (3u64 << 61 >> whole).max(1),
            "{whole}"
        );
    }
}

#[test]
fn scaling_saturates_and_never_crosses_its_start() {
    assert_eq!(scale_exp2_ceil(0, u128::MAX), 0);
    assert_eq!(scale_exp2_ceil(1, u128::MAX), u64::MAX);
    assert_eq!(scale_exp2_ceil(1, 63 << 64), u64::MAX);
    assert_eq!(scale_exp2_ceil(u64::MAX, 1), u64::MAX);
    assert_eq!(scale_exp2_neg_ceil(u64::MAX, 0), u64::MAX);
    assert_eq!(scale_exp2_neg_ceil(u64::MAX, 1), u64::MAX);
    assert_eq!(scale_exp2_neg_ceil(0, 1), 0);
    assert_eq!(scale_exp2_neg_ceil(u64::MAX, u128::MAX), 1);
    assert_eq!(
        scale_exp2_neg_ceil(1 << 60, (1 << 63) + (3 << 64)),
        101_904_826_760_412_362
    );
}

#[test]
fn scaled_rounds_to_the_nearest_float_and_back() {
    for value in [1, 2, 3, 10u128.pow(14), u128::from(u64::MAX), 1 << 100] {
        assert_eq!(scaled(value).to_u128(), Ok(value));
    }
    assert_eq!(scaled((1 << 64) + 1).to_u128(), Ok((1 << 64) + 2)); // a tie goes up
    assert_eq!(scaled((1 << 65) + 1).to_u128(), Ok(1 << 65));
    let most = scaled(u128::MAX);
    assert_eq!((most.mantissa(), most.exponent()), (1 << 63, 65));
    assert_eq!(scaled(u128::MAX).to_u128(), Err(RiskError::Overflow));
    assert_eq!(Scaled::from_u128(0), Err(RiskError::Overflow));
    assert_eq!(
        Scaled::from_parts((1 << 63) - 1, 0),
        Err(RiskError::Overflow)
    );
    let stored = scaled(10u128.pow(20));
    assert_eq!(
        Scaled::from_parts(stored.mantissa(), stored.exponent()),
        Ok(scaled(10u128.pow(20)))
    );
    assert_eq!(Scaled::from_parts(1 << 63, -64).unwrap().to_u128(), Ok(1)); // ½ goes up
    assert_eq!(Scaled::from_parts(1 << 63, -65).unwrap().to_u128(), Ok(0));
    assert_eq!(
        Scaled::from_parts(1 << 63, i16::MIN).unwrap().to_u128(),
        Ok(0)
    );
    assert_eq!(
        Scaled::from_parts(1 << 63, i16::MAX).unwrap().to_u128(),
        Err(RiskError::Overflow)
    );
}

#[test]
fn times_exp_is_within_2_to_the_minus_57() {
    for &(price, bits, sign, exact) in EXP_POINTS {
        let moved = scaled(price)
            .times_exp(Fraction::from_bits(bits), sign)
            .unwrap();
        let result = moved.to_u128().unwrap();
        assert!(
            result.abs_diff(exact) <= (exact >> 57) + 1,
            "{price} {bits} {sign:?}: {result}"
        );
    }
    let start = scaled(77);
    assert_eq!(start.times_exp(Fraction::ONE, Ordering::Equal), Ok(start));
    assert_eq!(start.times_exp(Fraction::ZERO, Ordering::Less), Ok(start));
    let largest = Scaled::from_parts(u64::MAX, i16::MAX).unwrap();
    assert_eq!(
        largest.times_exp(Fraction::ONE, Ordering::Greater),
        Err(RiskError::Overflow)
    );
}
