"""The lessons' exercises → did I get it right? One module per lesson."""
