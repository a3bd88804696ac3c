module example.com/reduce

go 1.19
