module orchard.example/fulfilment

go 1.19
