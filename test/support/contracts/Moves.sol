// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// Moves of ether inside a transaction, in every way a contract has.
contract Fan {
    receive() external payable {}

    /// The same amount to each; nothing is said in logs.
    function split(address payable[] calldata to, uint256 each) external payable {
        for (uint256 i = 0; i < to.length; i++) {
            (bool ok, ) = to[i].call{value: each}("");
            require(ok, "split");
        }
    }

    /// Pays one, then lets `other` pay another and revert: the second payment never was, the first stays.
    function surviveRevert(address payable first, Reverter other, address payable second, uint256 each) external payable {
        (bool ok, ) = first.call{value: each}("");
        require(ok, "first");
        try other.payThenRevert{value: each}(second) {
            revert("should not come here");
        } catch {}
    }

    /// Runs the code of `library_` as its own: the frame of that call repeats the value, which moves once.
    function delegate(address library_, address payable to) external payable {
        (bool ok, ) = library_.delegatecall(abi.encodeCall(Payer.payAll, (to)));
        require(ok, "delegate");
    }

    /// As before, by the older CALLCODE, which states a value of its own that goes to nobody else.
    function callCode(address library_, uint256 amount) external payable {
        bool ok;
        bytes memory data = abi.encodeCall(Payer.nothing, ());
        assembly {
            ok := callcode(gas(), library_, amount, add(data, 32), mload(data), 0, 0)
        }
        require(ok, "callcode");
    }

    function fail() external payable {
        revert("no");
    }
}

contract Payer {
    function payAll(address payable to) external payable {
        (bool ok, ) = to.call{value: msg.value}("");
        require(ok, "payAll");
    }

    function nothing() external payable {}
}

contract Reverter {
    function payThenRevert(address payable to) external payable {
        (bool ok, ) = to.call{value: msg.value}("");
        require(ok, "payThenRevert");
        revert("after paying");
    }
}

/// Holds ether and ends.
contract Bomb {
    constructor() payable {}

    receive() external payable {}

    function end(address payable heir) external {
        selfdestruct(heir);
    }
}

/// Makes contracts that hold ether.
contract Factory {
    function make(uint256 each, bytes32 salt) external payable returns (address plain, address salted) {
        plain = address(new Bomb{value: each}());
        salted = address(new Bomb{value: each, salt: salt}());
    }

    /// One that ends in the transaction that made it: its code goes too, and what it held goes to the heir.
    function makeAndEnd(uint256 amount, address payable heir) external payable {
        Bomb bomb = new Bomb{value: amount}();
        bomb.end(heir);
    }

    /// The constructor fails: no contract, no move.
    function makeFailing(uint256 amount) external payable {
        try new Failing{value: amount}() {
            revert("should not come here");
        } catch {}
    }
}

contract Failing {
    constructor() payable {
        revert("born dead");
    }
}

/// What an exchange gives a customer: everything goes on to one wallet at once.
contract Forwarder {
    address payable public immutable parent;

    constructor(address payable parent_) {
        parent = parent_;
    }

    receive() external payable {
        (bool ok, ) = parent.call{value: msg.value}("");
        require(ok, "forward");
    }

    function flush(address token) external {
        IBalance erc20 = IBalance(token);
        require(erc20.transfer(parent, erc20.balanceOf(address(this))), "flush");
    }
}

interface IBalance {
    function balanceOf(address owner) external view returns (uint256);

    function transfer(address to, uint256 amount) external returns (bool);
}
