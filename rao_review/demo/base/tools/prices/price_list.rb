# frozen_string_literal: true

# The price list of the wholesale market, as it arrives every morning.
class PriceList
  def initialize(rows)
    @prices = rows.to_h { |sku, price| [sku, Float(price)] }
  end

  def lookup(sku)
    @prices.fetch(sku) { raise KeyError, "no price for #{sku}" }
  end

  def cheaper_than(limit)
    @prices.select { |_, price| price < limit }.keys.sort
  end
end
