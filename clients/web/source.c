#include "clients/web/source.h"

void source_destroy(struct source *source)
{
    if (source != NULL)
        source->operations->destroy(source);
}
