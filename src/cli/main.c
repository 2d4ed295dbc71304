#include "cli/command.h"

int main(int argc, char **argv) { return sw_cli_main(argc - 1, argv + 1); }
