/* A code model that shows that it was loaded: its process ends with status 42. */
#include <unistd.h>

__attribute__((constructor)) static void loaded(void)
{
    _exit(42);
}
