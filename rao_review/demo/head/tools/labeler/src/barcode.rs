//! Barcodes in the EAN-13 scheme.

/// The last digit of a barcode, from the twelve before it.
pub fn check_digit(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .enumerate()
        .map(|(i, d)| u32::from(*d) * if i % 2 == 0 { 1 } else { 3 })
        .sum();
    ((10 - sum % 10) % 10) as u8
}

/// Whether all thirteen digits fit together.
pub fn is_valid(code: &[u8]) -> bool {
    code.len() == 13 && check_digit(&code[..12]) == code[12]
}
