// TernTests
