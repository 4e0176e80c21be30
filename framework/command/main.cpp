// SPDX-License-Identifier: Apache-2.0
#include "framework/command/command.h"

int main(int count, char** words) { return insula::command::run_command_line(count, words); }
