// Samples/Support
