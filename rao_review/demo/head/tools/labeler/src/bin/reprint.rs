//! Print the code of a damaged label again: `reprint 400638133393`.

use labeler::barcode::checksum;

fn main() {
    let argument = std::env::args().nth(1).unwrap_or_default();
    let digits: Vec<u8> = argument
        .chars()
        .filter_map(|c| c.to_digit(10))
        .map(|d| d as u8)
        .collect();
    if digits.len() != 12 {
        eprintln!("twelve digits, please");
        std::process::exit(2);
    }
    println!("{argument}{}", checksum(&digits));
}
