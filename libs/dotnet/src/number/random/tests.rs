//! Sequences recorded from .NET's generator.
#![allow(clippy::excessive_precision, clippy::type_complexity, reason = "recorded values stand as they were printed")]

use super::*;

#[test]
fn a_seed_yields_the_sequence_of_dotnet() {
    let cases: [(i32, [i32; 3], i32, i32, f64, [u8; 4]); 6] = [
        (0, [1_559_595_546, 1_755_192_844, 1_649_316_166], 55, -6, 0.558_884_794_618_415_11, [228, 216, 173, 103]),
        (42, [1_434_747_710, 302_596_119, 269_548_474], 52, -7, 0.262_592_675_286_621_17, [205, 59, 153, 134]),
        (-7, [822_959_691, 1_871_007_331, 1_419_354_884], 5, -3, 0.676_169_441_396_449_4, [225, 104, 255, 65]),
        (
            i32::MIN,
            [1_559_595_546, 1_755_192_844, 1_649_316_172],
            55,
            -6,
            0.558_884_793_687_092_54,
            [228, 216, 173, 91],
        ),
        (
            i32::MAX,
            [1_559_595_546, 1_755_192_844, 1_649_316_172],
            55,
            -6,
            0.558_884_793_687_092_54,
            [228, 216, 173, 91],
        ),
        (123_456_789, [1_091_672_793, 381_850_644, 1_335_622_286], 40, 8, 0.686_058_411_228_497_8, [137, 88, 99, 73]),
    ];
    for (seed, first, below, between, double, bytes) in cases {
        let mut random = Random::new(seed);
        assert_eq!([(); 3].map(|()| random.next_int()), first, "{seed}");
        assert_eq!(random.next_below(100), Ok(below), "{seed}");
        assert_eq!(random.next_between(-10, 10), Ok(between), "{seed}");
        assert!((random.next_double() - double).abs() < 1e-16, "{seed}");
        let mut buffer = [0; 4];
        random.fill(&mut buffer);
        assert_eq!(buffer, bytes, "{seed}");
    }
}

#[test]
fn ranges_wider_than_an_int_take_two_samples() {
    for (seed, whole, wide) in [
        (0, -1_559_595_548, 1_536_045_378),
        (42, 1_434_747_709, -251_036_580),
        (123_456_789, -1_091_672_795, 1_243_895_186),
    ] {
        let mut random = Random::new(seed);
        assert_eq!(random.next_between(i32::MIN, i32::MAX), Ok(whole));
        assert_eq!(random.next_between(-2_000_000_000, 2_000_000_000), Ok(wide));
    }
}

#[test]
fn bounds_are_checked_and_kept() {
    let mut random = Random::new(1);
    assert!(random.next_below(-1).is_err());
    assert!(random.next_between(2, 1).is_err());
    assert_eq!(random.next_between(3, 3), Ok(3));
    for _ in 0..1000 {
        let value = random.next_int64(-5, 5_000_000_000_000).unwrap();
        assert!((-5..5_000_000_000_000).contains(&value));
    }
    assert!(random.next_int64(i64::MIN, i64::MAX).is_ok());
}
