print("world")
