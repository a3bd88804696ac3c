module example.org/consumers

go 1.16
