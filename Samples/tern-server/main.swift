import TernDrivers

ServerProgram.run(CommandLine.arguments)
