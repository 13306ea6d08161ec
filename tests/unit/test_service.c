#include "src/activation.h"
#include "src/listener.h"
#include "src/notifier.h"
#include "tests/harness/assertions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <unistd.h>

/* What a service manager hands over and wants to be told, without a server around it. */

static void set_activation(const char *pid, const char *count)
{
    if (pid != NULL)
        setenv("LISTEN_PID", pid, 1);
    else
        unsetenv("LISTEN_PID");
    if (count != NULL)
        setenv("LISTEN_FDS", count, 1);
    else
        unsetenv("LISTEN_FDS");
    setenv("LISTEN_FDNAMES", "name", 1);
}

static int take(const char *pid, const char *count, int *descriptor)
{
    char reason[ACTIVATION_REASON] = "";
    int error;

    set_activation(pid, count);
    error = activation_take(descriptor, reason);
    assert_true((error < 0) == (reason[0] != '\0'));
    assert_null(getenv("LISTEN_PID"));
    assert_null(getenv("LISTEN_FDS"));
    assert_null(getenv("LISTEN_FDNAMES"));
    return error;
}

static void what_is_meant_for_this_process_is_taken(void **state)
{
    char pid[16], other[16];
    int descriptor;

    snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    snprintf(other, sizeof(other), "%ld", (long)getppid());
    assert_int_equal(dup2(STDERR_FILENO, 3), 3);
    assert_int_equal(take(pid, "1", &descriptor), 0);
    assert_int_equal(descriptor, 3);
    assert_int_equal(take(pid, "0", &descriptor), 0);
    assert_int_equal(descriptor, -1);
    assert_int_equal(take(other, "1", &descriptor), 0);
    assert_int_equal(descriptor, -1);
    assert_int_equal(take(other, "17", &descriptor), 0);
    assert_int_equal(take(NULL, "1", &descriptor), 0);
    assert_int_equal(descriptor, -1);
    assert_int_equal(take(pid, NULL, &descriptor), 0);
    assert_int_equal(descriptor, -1);
    close(3);
    assert_int_equal(take(pid, "1", &descriptor), -EINVAL);
}

static void what_cannot_be_used_is_refused(void **state)
{
    static const char *const bad[] = {"2", "17", "-1", "x", "", "1x", " 1", "99999999999999999999"};
    char pid[16];
    int descriptor;

    snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(take(pid, bad[i], &descriptor), -EINVAL);
    assert_int_equal(take("x", "1", &descriptor), -EINVAL);
}

static int refuse(int descriptor, const char *fault)
{
    struct listener listener;
    const char *reason = NULL;
    int error = listener_adopt(&listener, descriptor, 16, &reason);

    assert_non_null(reason);
    assert_non_null(strstr(reason, fault));
    return error;
}

static void only_a_listening_stream_socket_is_adopted(void **state)
{
    int file = open("/dev/null", O_RDWR | O_CLOEXEC);
    int datagram = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);

    assert_int_equal(refuse(file, "no socket"), -EINVAL);
    assert_int_equal(refuse(datagram, "no stream socket"), -EINVAL);
    assert_int_equal(refuse(silent, "does not listen"), -EINVAL);
    if (netlink >= 0) {
        assert_int_equal(refuse(netlink, "neither a TCP nor a Unix socket"), -EINVAL);
        close(netlink);
    }
    close(file);
    close(datagram);
    close(silent);
    assert_int_equal(refuse(silent, "not open"), -EINVAL);
}

/* Binds to a name of the kernel's choice in the abstract namespace. */
static void bind_abstract(int descriptor, char text[static 64])
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t length = sizeof(name);

    assert_int_equal(bind(descriptor, (struct sockaddr *)&name, sizeof(name.sun_family)), 0);
    assert_int_equal(getsockname(descriptor, (struct sockaddr *)&name, &length), 0);
    snprintf(text, 64, "@%.*s", (int)(length - sizeof(name.sun_family) - 1), name.sun_path + 1);
}

static void adopted_socket_does_not_block(void **state)
{
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char text[ADDRESS_TEXT], expected[64];
    struct listener listener;
    const char *reason = NULL;

    bind_abstract(descriptor, expected);
    assert_int_equal(listen(descriptor, 1), 0);
    assert_int_equal(listener_adopt(&listener, descriptor, 16, &reason), 0);
    assert_int_equal(listener.descriptor, descriptor);
    assert_string_equal(address_format(&listener.address, text), expected);
    assert_true(fcntl(descriptor, F_GETFL) & O_NONBLOCK);
    listener_finish(&listener);
    assert_int_equal(fcntl(descriptor, F_GETFL), -1);
}

static void nobody_to_tell_is_no_error(void **state)
{
    struct notifier *notifier;

    unsetenv("NOTIFY_SOCKET");
    assert_int_equal(notifier_create(&notifier, -1), 0);
    assert_null(notifier);
    setenv("NOTIFY_SOCKET", "", 1);
    assert_int_equal(notifier_create(&notifier, -1), 0);
    assert_null(notifier);
    assert_int_equal(notifier_ready(NULL, "status"), 0);
    notifier_destroy(NULL);
}

static void address_of_another_kind_is_refused(void **state)
{
    char path[300] = "/";
    struct notifier *notifier;

    memset(path + 1, 'p', sizeof(path) - 2);
    setenv("NOTIFY_SOCKET", path, 1);
    assert_int_equal(notifier_create(&notifier, -1), -ENAMETOOLONG);
    setenv("NOTIFY_SOCKET", "relative/path", 1);
    assert_int_equal(notifier_create(&notifier, -1), -EAFNOSUPPORT);
    setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
    assert_int_equal(notifier_create(&notifier, -1), -EAFNOSUPPORT);
    assert_null(notifier);
    assert_null(getenv("NOTIFY_SOCKET"));
}

static int open_receiver(void)
{
    int receiver = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    char text[64];

    bind_abstract(receiver, text);
    setenv("NOTIFY_SOCKET", text, 1);
    return receiver;
}

static void expect_message(int receiver, const char *part)
{
    char message[1024];
    ssize_t length = recv(receiver, message, sizeof(message) - 1, MSG_DONTWAIT);

    assert_true(length > 0);
    message[length] = '\0';
    assert_non_null(strstr(message, part));
}

static void stop_is_told_when_all_is_over_at_the_latest(void **state)
{
    int receiver = open_receiver(), stopping = eventfd(1, EFD_CLOEXEC);
    struct notifier *notifier;

    assert_int_equal(notifier_create(&notifier, stopping), 0);
    assert_int_equal(notifier_ready(notifier, "some status"), 0);
    expect_message(receiver, "STATUS=some status");
    notifier_destroy(notifier);
    expect_message(receiver, "STOPPING=1");
    close(stopping);
    close(receiver);
}

static void without_a_stop_none_is_told(void **state)
{
    int receiver = open_receiver(), stopping = eventfd(0, EFD_CLOEXEC);
    char byte;
    struct notifier *notifier;

    assert_int_equal(notifier_create(&notifier, stopping), 0);
    assert_int_equal(notifier_ready(notifier, "some status"), 0);
    expect_message(receiver, "READY=1\n");
    notifier_destroy(notifier);
    assert_int_equal(recv(receiver, &byte, 1, MSG_DONTWAIT), -1);
    close(stopping);
    close(receiver);
}

static void receiver_that_is_gone_is_an_error(void **state)
{
    struct notifier *notifier;

    close(open_receiver());
    assert_int_equal(notifier_create(&notifier, -1), 0);
    assert_int_equal(notifier_ready(notifier, "some status"), -ECONNREFUSED);
    notifier_destroy(notifier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_meant_for_this_process_is_taken),
        cmocka_unit_test(what_cannot_be_used_is_refused),
        cmocka_unit_test(only_a_listening_stream_socket_is_adopted),
        cmocka_unit_test(adopted_socket_does_not_block),
        cmocka_unit_test(nobody_to_tell_is_no_error),
        cmocka_unit_test(address_of_another_kind_is_refused),
        cmocka_unit_test(stop_is_told_when_all_is_over_at_the_latest),
        cmocka_unit_test(without_a_stop_none_is_told),
        cmocka_unit_test(receiver_that_is_gone_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
