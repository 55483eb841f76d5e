/* spikebar: the table of commands, and what all of them end with. */
#include "cli/cli.h"

#include "base/log.h"
#include "base/text.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* cli/commands.h has a line COMMAND(name) for each. */
#define COMMAND(name) extern const struct command command_##name;
#include "cli/commands.h"
#undef COMMAND
#define COMMAND(name) &command_##name,
const struct command *const cli_commands[] = {
#include "cli/commands.h"
    NULL};
enum { COMMANDS = sizeof cli_commands / sizeof cli_commands[0] };

static void print_overview(FILE *to)
{
    fprintf(to, "usage: spikebar COMMAND [options]\n\n"
                "Train a spiking network, program it into a memristor array, check it in "
                "SPICE.\n\nCommands:\n");
    for (const struct command *const *c = cli_commands; *c; c++)
        fprintf(to, "  %-10s %s\n", (*c)->name, (*c)->summary);
    fprintf(to, "\n`spikebar COMMAND --help` shows options and examples.\n"
                "Exit status: 0 good, 1 usage or input, 2 some units failed for good, "
                "130 interrupted.\n");
}

static const struct command *find(const char *name, struct err *e)
{
    const char *names[COMMANDS];
    size_t n = 0;
    for (const struct command *const *c = cli_commands; *c; c++) {
        names[n++] = (*c)->name;
        if (strcmp(name, (*c)->name) == 0)
            return *c;
    }
    const char *near = text_nearest(name, n, names);
    err_set(e, ERR_USAGE, "no command `%.60s`", name);
    err_hint(e, near ? "did you mean `spikebar %s`?" : "see spikebar --help%s",
             near ? near : "");
    return NULL;
}

static int fail(const struct err *e)
{
    char line[2048];
    err_format(e, sizeof line, line);
    fprintf(stderr, "%s\n", line);
    return e->code == ERR_INTERRUPTED ? EXIT_STOPPED : EXIT_BAD;
}

/* The status, unless standard output did not take all. */
static int flushed(int status)
{
    struct err e = {0};
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    err_errno(&e, "write", "standard output");
    return fail(&e);
}

static int dispatch(const struct command *command, int argc, char *argv[])
{
    struct err e = {0};
    AUTO(cli_finish) struct cli c = {0};
    int status = cli_parse(&c, command, argc, argv, &e);
    if (status == 0)
        status = command->run(&c, &e);
    else if (status > 0)
        status = EXIT_GOOD;
    return status < 0 ? fail(&e) : flushed(status);
}

/* A standard descriptor that is closed would become a file or a socket of ours. It is
 * opened the wrong way round, so that using it fails as before. */
static void fill_standard_descriptors(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char *argv[])
{
    struct err e = {0};
    fill_standard_descriptors();
    signal(SIGCHLD, SIG_DFL); /* ignored, it would hide what workers die of */
    stop_on_signals();
    if (argc < 2) {
        print_overview(stderr);
        return EXIT_BAD;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_overview(stdout);
        return flushed(EXIT_GOOD);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("spikebar %s\n", SPIKEBAR_VERSION);
        return flushed(EXIT_GOOD);
    }
    const struct command *command = find(argv[1], &e);
    return command ? dispatch(command, argc - 1, argv + 1) : fail(&e);
}
