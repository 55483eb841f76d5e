/* spikebar: the table of commands, and what all of them end with. */
#include "cli/cli.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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

/* With 384 KiB every command works, with 320 the simulator dies of SIGSEGV. */
#define STACK_LEAST ((rlim_t)1 << 20)

static int check_stack(struct err *e)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_STACK, &r) < 0 || r.rlim_cur >= STACK_LEAST)
        return 0;
    if (r.rlim_max >= STACK_LEAST) { /* the main thread's grows while it runs */
        r.rlim_cur = STACK_LEAST;
        if (setrlimit(RLIMIT_STACK, &r) == 0)
            return 0;
    }
    err_set(e, ERR_USAGE, "expected a stack of at least %llu KiB, found %llu KiB",
            (unsigned long long)STACK_LEAST >> 10, (unsigned long long)r.rlim_max >> 10);
    err_place(e, "limit of the stack");
    return err_hint(e, "give `ulimit -s 8192` first, or ask for a higher hard limit");
}

int main(int argc, char *argv[])
{
    struct err e = {0};
    fill_standard_descriptors();
    /* An object that lacks what found no memory would be written as if it were whole. */
    cJSON_InitHooks(&(cJSON_Hooks){mem_bytes, free});
    signal(SIGCHLD, SIG_DFL); /* ignored, it would hide what workers die of */
    stop_on_signals();
    if (argc < 2) {
        print_overview(stderr);
        return EXIT_BAD;
    }
    if (check_stack(&e) < 0)
        return fail(&e);
    static const char *const alone[] = {"--help", "help", "--version"};
    for (size_t i = 0; argc > 2 && i < sizeof alone / sizeof alone[0]; i++)
        if (strcmp(argv[1], alone[i]) == 0) {
            err_set(&e, ERR_USAGE, "spikebar %s takes no more words, found `%.60s`",
                    argv[1], argv[2]);
            err_hint(&e, "see spikebar --help, or spikebar COMMAND --help");
            return fail(&e);
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
