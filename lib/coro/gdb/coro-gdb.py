"""The tasks of the coroutine library (lib/coro), for gdb.

    (gdb) source coro-gdb.py
    (gdb) coro-tasks            the tasks of the loops that threads are running
    (gdb) coro-tasks loop       those of one loop: any expression for a struct coro_loop *
    (gdb) coro-backtrace        the same, each suspended task with its backtrace
    (gdb) coro-backtrace loop

A loop that a host drives (libuv's or libevent's own run) is known without an argument only while it
has its turn. Works on a live process and on a core file, and needs the debug information of the
library.
"""

import gdb
import gdb.unwinder

STATES = ("ready", "running", "suspended", "ended")

# Where a switch has left the registers: offsets in words from the saved stack pointer, and by how
# much the stack pointer lies higher when they are taken off (switch_*.S).
SAVED = {
    "i386:x86-64": (
        {"r15": 0, "r14": 1, "r13": 2, "r12": 3, "rbx": 4, "rbp": 5, "rip": 6},
        7,
        "rsp",
        "rip",
    ),
    "aarch64": (
        dict({"x%d" % (19 + i): i for i in range(11)}, pc=11),
        20,
        "sp",
        "pc",
    ),
}

# The same in a ucontext_t of glibc: its greg_t array, or its registers.
UCONTEXT_X86_64 = {"r12": 4, "r13": 5, "r14": 6, "r15": 7, "rbp": 10, "rbx": 11, "rsp": 15, "rip": 16}


def words(address, count):
    pointer = gdb.Value(int(address)).cast(gdb.lookup_type("unsigned long").pointer())
    return [pointer[i] for i in range(count)]


def registers_of(context):
    """The registers with which a suspended context goes on."""
    architecture = gdb.selected_frame().architecture().name()
    if "registers" in [field.name for field in context.type.fields()]:
        if architecture != "i386:x86-64":
            raise gdb.GdbError("no backtraces of ucontext tasks on " + architecture)
        saved = context["registers"]["uc_mcontext"]["gregs"]
        word = gdb.lookup_type("unsigned long")
        return {name: saved[i].cast(word) for name, i in UCONTEXT_X86_64.items()}
    if architecture not in SAVED:
        raise gdb.GdbError("no backtraces of tasks on " + architecture)
    places, size, stack_pointer, _ = SAVED[architecture]
    address = int(context["stack_pointer"])
    saved = words(address, size)
    registers = {name: saved[place] for name, place in places.items()}
    registers[stack_pointer] = gdb.Value(address + 8 * size).cast(gdb.lookup_type("unsigned long"))
    return registers


class FrameId:
    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class TaskUnwinder(gdb.unwinder.Unwinder):
    """Makes a suspended task the caller of the frame that the thread is in, while it is asked to."""

    def __init__(self):
        super().__init__("coro task")
        self.registers = None
        self.enabled = False

    def __call__(self, pending):
        if self.registers is None or pending.level() != 0:
            return None
        stack_pointer = "rsp" if "rsp" in self.registers else "sp"
        counter = "rip" if "rip" in self.registers else "pc"
        here = FrameId(pending.read_register(stack_pointer), pending.read_register(counter))
        unwind = pending.create_unwind_info(here)
        for name, value in self.registers.items():
            unwind.add_saved_register(name, value)
        return unwind

    def show(self, registers):
        self.registers = registers
        self.enabled = True
        gdb.invalidate_cached_frames()
        try:
            frame = gdb.newest_frame().older()
            number = 0
            while frame is not None and frame.is_valid():
                line = frame.find_sal().line
                file = frame.find_sal().symtab
                where = " at %s:%d" % (file.filename, line) if file else ""
                print("    #%-2d %s%s" % (number, frame.name() or "??", where))
                frame = frame.older()
                number += 1
        finally:
            self.registers = None
            self.enabled = False
            gdb.invalidate_cached_frames()


unwinder = TaskUnwinder()
gdb.unwinder.register_unwinder(None, unwinder, replace=True)


def running_loops():
    """What overflow.c knows: for each thread the loop that it runs."""
    selected = gdb.selected_thread()
    loops = []
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        try:
            loop = gdb.parse_and_eval("'coro_loop_of_thread'")
        except gdb.error as error:
            if selected is not None:
                selected.switch()
            raise gdb.GdbError("cannot find the running loops (%s): name one" % error)
        if int(loop) != 0 and int(loop) not in [int(known) for known in loops]:
            loops.append(loop)
    if selected is not None:
        selected.switch()
    return loops


def find_loops(argument):
    if gdb.selected_thread() is None:
        raise gdb.GdbError("there is no process to look at")
    if not argument:
        loops = running_loops()
        if not loops:
            print("No thread runs a loop now. Name one: coro-tasks EXPRESSION")
        return loops
    loop = gdb.parse_and_eval(argument)
    if loop.type.strip_typedefs().code != gdb.TYPE_CODE_PTR:
        raise gdb.GdbError("'%s' is no struct coro_loop *" % argument)
    return [loop.cast(gdb.lookup_type("struct coro_loop").pointer())]


def tasks_of(loop):
    """The tasks that have not ended, the oldest first."""
    task_type = gdb.lookup_type("struct coro_task").pointer()
    future = loop["futures"]
    tasks = []
    while int(future) != 0:
        if future["is_task"]:
            task = future.cast(task_type)
            if STATES[int(task["state"])] != "ended":
                tasks.append(task)
        future = future["next"]
    return reversed(tasks)


def show_tasks(argument, with_backtraces):
    for loop in find_loops(argument.strip()):
        print("loop 0x%x: %d tasks" % (int(loop), int(loop["task_count"])))
        for task in tasks_of(loop):
            state = STATES[int(task["state"])]
            marks = ", called off" if task["called_off"] else ""
            print("  task '%s' 0x%x, %s%s" % (task["future"]["name"].string(), int(task), state, marks))
            if with_backtraces and state in ("suspended", "ready"):
                unwinder.show(registers_of(task["at"].dereference()))


class Tasks(gdb.Command):
    """List the tasks of a coroutine loop that have not ended. coro-tasks [LOOP]"""

    def __init__(self):
        super().__init__("coro-tasks", gdb.COMMAND_STACK, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        show_tasks(argument, False)


class Backtrace(gdb.Command):
    """List the tasks of a coroutine loop with a backtrace of each suspended one. coro-backtrace [LOOP]"""

    def __init__(self):
        super().__init__("coro-backtrace", gdb.COMMAND_STACK, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        show_tasks(argument, True)


Tasks()
Backtrace()
