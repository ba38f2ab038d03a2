#!/usr/bin/env ruby
# frozen_string_literal: true

require "csv"
require_relative "price_list"

# Usage: import.rb PRICES.csv SKU…
list = PriceList.new(CSV.read(ARGV.fetch(0)))
ARGV.drop(1).each do |sku|
  puts format("%-12s %8.2f", sku, list.lookup(sku))
end
